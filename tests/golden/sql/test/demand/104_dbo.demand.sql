-- The rows to predict for.
IF OBJECT_ID(N'[dbo].[demand]', N'U') IS NULL
CREATE TABLE [dbo].[demand]
(
    [id] bigint NOT NULL,
    [units] decimal(10,2) NOT NULL,
    [price] real NOT NULL,
    [region] varchar(12) NOT NULL,
    [weight] bigint NOT NULL
)
WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX);

-- Where COPY lands new rows, before they are counted and swapped in.
IF OBJECT_ID(N'[dbo].[demand_load]', N'U') IS NULL
CREATE TABLE [dbo].[demand_load]
(
    [id] bigint NOT NULL,
    [units] decimal(10,2) NOT NULL,
    [price] real NOT NULL,
    [region] varchar(12) NOT NULL,
    [weight] bigint NOT NULL
)
WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX);

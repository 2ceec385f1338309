-- The rows to predict for.
IF OBJECT_ID(N'[crm].[customers]', N'U') IS NULL
CREATE TABLE [crm].[customers]
(
    [customer] nvarchar(36) NOT NULL,
    [churned] nvarchar(3) NOT NULL,
    [age] int NOT NULL,
    [active] bit NOT NULL,
    [spend] real NOT NULL,
    [tariff] nvarchar(20) NOT NULL,
    [since] date NOT NULL
)
WITH (DISTRIBUTION = HASH([customer]), HEAP);

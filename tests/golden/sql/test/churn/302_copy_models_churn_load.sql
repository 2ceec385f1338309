-- Hexadecimal text lands in varbinary as the bytes it stands for.
COPY INTO [ml].[models_churn_load] ([part], [chunk])
FROM 'https://stgolden.dfs.core.windows.net/lake/crm/models/load/*.csv'
WITH (
    FILE_TYPE = 'CSV',
    CREDENTIAL = (IDENTITY = 'Managed Identity'),
    FIELDTERMINATOR = ',',
    ROWTERMINATOR = '0x0A',
    ENCODING = 'UTF8',
    MAXERRORS = 0
);

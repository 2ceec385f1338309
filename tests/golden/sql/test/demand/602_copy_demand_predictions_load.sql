COPY INTO [dbo].[demand_predictions_load] ([id], [prediction])
FROM 'https://stgolden.dfs.core.windows.net/lake/demand/scored/*.csv'
WITH (
    FILE_TYPE = 'CSV',
    CREDENTIAL = (IDENTITY = 'Managed Identity'),
    FIRSTROW = 2,
    FIELDTERMINATOR = ',',
    FIELDQUOTE = '"',
    ROWTERMINATOR = '0x0A',
    ENCODING = 'UTF8',
    MAXERRORS = 0
);

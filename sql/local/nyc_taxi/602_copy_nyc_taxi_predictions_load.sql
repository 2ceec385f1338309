COPY INTO [dbo].[nyc_taxi_predictions_load] ([tripId], [prediction])
FROM 'https://sttaxilocal.dfs.core.windows.net/lakelocal/nyc_taxi/predictions/*.csv'
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

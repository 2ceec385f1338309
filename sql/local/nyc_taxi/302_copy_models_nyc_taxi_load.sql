-- Hexadecimal text lands in varbinary as the bytes it stands for.
COPY INTO [dbo].[models_nyc_taxi_load] ([part], [chunk])
FROM 'https://sttaxilocal.dfs.core.windows.net/lakelocal/nyc_taxi/models/load/*.csv'
WITH (
    FILE_TYPE = 'CSV',
    CREDENTIAL = (IDENTITY = 'Managed Identity'),
    FIELDTERMINATOR = ',',
    ROWTERMINATOR = '0x0A',
    ENCODING = 'UTF8',
    MAXERRORS = 0
);

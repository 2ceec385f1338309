-- The files have a header line each, so the data starts in row 2.
COPY INTO [dbo].[nyc_taxi_load] ([tripId], [tipped], [fareAmount], [paymentType], [passengerCount], [tripDistance], [tripTimeSecs], [pickupTimeBin])
FROM 'https://sttaxilocal.dfs.core.windows.net/lakelocal/NYCTaxi/testdata/*.csv'
WITH (
    FILE_TYPE = 'CSV',
    CREDENTIAL = (IDENTITY = 'Managed Identity'),
    FIRSTROW = 2,
    FIELDTERMINATOR = ',',
    FIELDQUOTE = '"',
    ROWTERMINATOR = '0x0A',
    ENCODING = 'UTF8',
    DATEFORMAT = 'ymd',
    MAXERRORS = 0
);

-- The files have a header line each, so the data starts in row 2.
COPY INTO [dbo].[demand_load] ([id], [units], [price], [region], [weight])
FROM 'https://stgolden.dfs.core.windows.net/lake/demand/test/*.csv'
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

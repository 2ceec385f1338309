-- The files have a header line each, so the data starts in row 2.
COPY INTO [od'd].[in]]put'_load] ([the key]]], [Größe (m²)], [it's], [@{at}], [`tick`])
FROM 'https://stgolden.dfs.core.windows.net/lake/odd/test/*.csv'
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

COPY INTO [od'd].[out]]put_load] ([the key]]], [prediction])
FROM 'https://stgolden.dfs.core.windows.net/lake/odd_names/predictions/*.csv'
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

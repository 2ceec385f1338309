-- The files have a header line each, so the data starts in row 2.
COPY INTO [crm].[customers_load] ([customer], [churned], [age], [active], [spend], [tariff], [since])
FROM 'https://stgolden.dfs.core.windows.net/lake/crm/test/*.csv'
WITH (
    FILE_TYPE = 'CSV',
    CREDENTIAL = (IDENTITY = 'Managed Identity'),
    FIRSTROW = 2,
    FIELDTERMINATOR = ',',
    FIELDQUOTE = '"',
    ROWTERMINATOR = '0x0A',
    ENCODING = 'UTF8',
    DATEFORMAT = 'ymd',
    MAXERRORS = 5
);

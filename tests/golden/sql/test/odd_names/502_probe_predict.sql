-- Is PREDICT switched on in this pool, and does it take this model? One row tells, in the form that the procedure uses.
IF OBJECT_ID(N'[od''d].[predict''it]', N'P') IS NULL
    THROW 50004, N'The procedure is missing: setting up found that this pool has no PREDICT.', 1;
IF OBJECT_ID(N'tempdb..#probe') IS NOT NULL
    DROP TABLE #probe;
CREATE TABLE #probe
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)
AS
SELECT TOP 1
    CAST([it's] AS real) AS [it's],
    CAST([@{at}] AS nvarchar(10)) AS [@{at}],
    CAST([`tick`] AS bigint) AS [`tick`]
FROM [od'd].[in]]put'];
SELECT p.[prediction]
FROM PREDICT (
    MODEL = (SELECT [model] FROM [od'd].[models] WHERE [name] = N'odd_names'
        AND [version] = (SELECT MAX([version]) FROM [od'd].[models] WHERE [name] = N'odd_names')),
    DATA = #probe AS d,
    RUNTIME = ONNX
) WITH ([prediction] real) AS p;

-- Is PREDICT switched on in this pool, and does it take this model? One row tells, in the form that the procedure uses.
IF OBJECT_ID(N'[dbo].[predict_nyc_taxi]', N'P') IS NULL
    THROW 50004, N'The procedure is missing: setting up found that this pool has no PREDICT.', 1;
IF OBJECT_ID(N'tempdb..#probe') IS NOT NULL
    DROP TABLE #probe;
CREATE TABLE #probe
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)
AS
SELECT TOP 1
    CAST([tipped] AS bigint) AS [tipped],
    CAST([paymentType] AS bigint) AS [paymentType],
    CAST([passengerCount] AS bigint) AS [passengerCount],
    CAST([tripDistance] AS real) AS [tripDistance],
    CAST([tripTimeSecs] AS bigint) AS [tripTimeSecs],
    CAST([pickupTimeBin] AS nvarchar(30)) AS [pickupTimeBin]
FROM [dbo].[nyc_taxi];
SELECT p.[prediction]
FROM PREDICT (
    MODEL = (SELECT [model] FROM [dbo].[models] WHERE [name] = N'nyc_taxi'
        AND [version] = (SELECT MAX([version]) FROM [dbo].[models] WHERE [name] = N'nyc_taxi')),
    DATA = #probe AS d,
    RUNTIME = ONNX
) WITH ([prediction] real) AS p;

-- Predicts fareAmount for the rows of [dbo].[nyc_taxi] with the model in service, and keeps the predictions.
CREATE PROCEDURE [dbo].[predict_nyc_taxi] @run_id nvarchar(64)
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @version int;
    SET @version = (SELECT MAX([version]) FROM [dbo].[models] WHERE [name] = N'nyc_taxi');
    IF @version IS NULL
        THROW 50001, N'No model named nyc_taxi is in service: train one first.', 1;

    IF OBJECT_ID(N'tempdb..#input') IS NOT NULL
        DROP TABLE #input;
    IF OBJECT_ID(N'tempdb..#predicted') IS NOT NULL
        DROP TABLE #predicted;
    -- PREDICT wants the model's inputs by name, each in exactly its type.
    CREATE TABLE #input
    WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)
    AS
    SELECT
        [tripId],
        CAST([tipped] AS bigint) AS [tipped],
        CAST([paymentType] AS bigint) AS [paymentType],
        CAST([passengerCount] AS bigint) AS [passengerCount],
        CAST([tripDistance] AS real) AS [tripDistance],
        CAST([tripTimeSecs] AS bigint) AS [tripTimeSecs],
        CAST([pickupTimeBin] AS nvarchar(30)) AS [pickupTimeBin]
    FROM [dbo].[nyc_taxi];

    -- Predicted before anything is changed: where PREDICT fails, the predictions that are kept stay.
    CREATE TABLE #predicted
    (
        [tripId] bigint NOT NULL,
        [prediction] real NULL
    )
    WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);
    INSERT INTO #predicted ([tripId], [prediction])
    SELECT d.[tripId], p.[prediction]
    FROM PREDICT (
        MODEL = (SELECT [model] FROM [dbo].[models] WHERE [name] = N'nyc_taxi' AND [version] = @version),
        DATA = #input AS d,
        RUNTIME = ONNX
    ) WITH ([prediction] real) AS p;

    BEGIN TRY
        BEGIN TRANSACTION;
        DELETE FROM [dbo].[nyc_taxi_predictions]
        WHERE [tripId] IN (SELECT [tripId] FROM #input);
        INSERT INTO [dbo].[nyc_taxi_predictions] ([tripId], [prediction], [model_version], [engine], [run_id], [predicted_at])
        SELECT [tripId], [prediction], @version, N'predict', @run_id, SYSUTCDATETIME()
        FROM #predicted;
        COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH
END

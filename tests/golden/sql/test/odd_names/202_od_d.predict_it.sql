-- Predicts Größe (m²) for the rows of [od'd].[in]]put'] with the model in service, and keeps the predictions.
CREATE PROCEDURE [od'd].[predict'it] @run_id nvarchar(64)
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @version int;
    SET @version = (SELECT MAX([version]) FROM [od'd].[models] WHERE [name] = N'odd_names');
    IF @version IS NULL
        THROW 50001, N'No model named odd_names is in service: train one first.', 1;

    IF OBJECT_ID(N'tempdb..#input') IS NOT NULL
        DROP TABLE #input;
    IF OBJECT_ID(N'tempdb..#predicted') IS NOT NULL
        DROP TABLE #predicted;
    -- PREDICT wants the model's inputs by name, each in exactly its type.
    CREATE TABLE #input
    WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)
    AS
    SELECT
        [the key]]],
        CAST([it's] AS real) AS [it's],
        CAST([@{at}] AS nvarchar(10)) AS [@{at}],
        CAST([`tick`] AS bigint) AS [`tick`]
    FROM [od'd].[in]]put'];

    -- Predicted before anything is changed: where PREDICT fails, the predictions that are kept stay.
    CREATE TABLE #predicted
    (
        [the key]]] int NOT NULL,
        [prediction] real NULL
    )
    WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);
    INSERT INTO #predicted ([the key]]], [prediction])
    SELECT d.[the key]]], p.[prediction]
    FROM PREDICT (
        MODEL = (SELECT [model] FROM [od'd].[models] WHERE [name] = N'odd_names' AND [version] = @version),
        DATA = #input AS d,
        RUNTIME = ONNX
    ) WITH ([prediction] real) AS p;

    BEGIN TRY
        BEGIN TRANSACTION;
        DELETE FROM [od'd].[out]]put]
        WHERE [the key]]] IN (SELECT [the key]]] FROM #input);
        INSERT INTO [od'd].[out]]put] ([the key]]], [prediction], [model_version], [engine], [run_id], [predicted_at])
        SELECT [the key]]], [prediction], @version, N'predict', @run_id, SYSUTCDATETIME()
        FROM #predicted;
        COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH
END

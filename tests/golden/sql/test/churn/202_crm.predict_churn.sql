-- Predicts churned for the rows of [crm].[customers_load] with the model in service, and keeps the predictions.
CREATE PROCEDURE [crm].[predict_churn] @run_id nvarchar(64)
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @version int;
    SET @version = (SELECT MAX([version]) FROM [ml].[models] WHERE [name] = N'churn');
    IF @version IS NULL
        THROW 50001, N'No model named churn is in service: train one first.', 1;

    IF OBJECT_ID(N'tempdb..#input') IS NOT NULL
        DROP TABLE #input;
    IF OBJECT_ID(N'tempdb..#predicted') IS NOT NULL
        DROP TABLE #predicted;
    -- PREDICT wants the model's inputs by name, each in exactly its type.
    CREATE TABLE #input
    WITH (DISTRIBUTION = ROUND_ROBIN, HEAP)
    AS
    SELECT
        [customer],
        CAST([age] AS bigint) AS [age],
        CAST([spend] AS real) AS [spend],
        CAST([tariff] AS nvarchar(20)) AS [tariff]
    FROM [crm].[customers_load];

    -- Predicted before anything is changed: where PREDICT fails, the predictions that are kept stay.
    CREATE TABLE #predicted
    (
        [customer] nvarchar(36) NOT NULL,
        [prediction] nvarchar(3) NULL
    )
    WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);
    INSERT INTO #predicted ([customer], [prediction])
    SELECT d.[customer], p.[prediction]
    FROM PREDICT (
        MODEL = (SELECT [model] FROM [ml].[models] WHERE [name] = N'churn' AND [version] = @version),
        DATA = #input AS d,
        RUNTIME = ONNX
    ) WITH ([prediction] nvarchar(3)) AS p;

    BEGIN TRY
        BEGIN TRANSACTION;
        DELETE FROM [crm].[churn]
        WHERE [customer] IN (SELECT [customer] FROM #input);
        INSERT INTO [crm].[churn] ([customer], [prediction], [model_version], [engine], [run_id], [predicted_at])
        SELECT [customer], [prediction], @version, N'predict', @run_id, SYSUTCDATETIME()
        FROM #predicted;
        COMMIT TRANSACTION;
    END TRY
    BEGIN CATCH
        IF @@TRANCOUNT > 0
            ROLLBACK TRANSACTION;
        THROW;
    END CATCH
END

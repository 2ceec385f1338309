-- This run's keys go, then its predictions come: both or neither.
BEGIN TRY
    BEGIN TRANSACTION;
    DELETE FROM [od'd].[out]]put]
    WHERE [the key]]] IN (SELECT [the key]]] FROM [od'd].[out]]put_load]);
    INSERT INTO [od'd].[out]]put] ([the key]]], [prediction], [model_version], [engine], [run_id], [predicted_at])
    SELECT [the key]]], [prediction], @version, N'spark', @run_id, SYSUTCDATETIME()
    FROM [od'd].[out]]put_load];
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH

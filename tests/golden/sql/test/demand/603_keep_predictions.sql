-- This run's keys go, then its predictions come: both or neither.
BEGIN TRY
    BEGIN TRANSACTION;
    DELETE FROM [dbo].[demand_predictions]
    WHERE [id] IN (SELECT [id] FROM [dbo].[demand_predictions_load]);
    INSERT INTO [dbo].[demand_predictions] ([id], [prediction], [model_version], [engine], [run_id], [predicted_at])
    SELECT [id], [prediction], @version, N'spark', @run_id, SYSUTCDATETIME()
    FROM [dbo].[demand_predictions_load];
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH

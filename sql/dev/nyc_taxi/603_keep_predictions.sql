-- This run's keys go, then its predictions come: both or neither.
BEGIN TRY
    BEGIN TRANSACTION;
    DELETE FROM [dbo].[nyc_taxi_predictions]
    WHERE [tripId] IN (SELECT [tripId] FROM [dbo].[nyc_taxi_predictions_load]);
    INSERT INTO [dbo].[nyc_taxi_predictions] ([tripId], [prediction], [model_version], [engine], [run_id], [predicted_at])
    SELECT [tripId], [prediction], @version, N'spark', @run_id, SYSUTCDATETIME()
    FROM [dbo].[nyc_taxi_predictions_load];
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH

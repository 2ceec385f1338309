TRUNCATE TABLE [dbo].[nyc_taxi_predictions_load];

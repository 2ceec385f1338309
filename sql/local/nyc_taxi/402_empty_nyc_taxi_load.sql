TRUNCATE TABLE [dbo].[nyc_taxi_load];

TRUNCATE TABLE [dbo].[models_nyc_taxi_load];

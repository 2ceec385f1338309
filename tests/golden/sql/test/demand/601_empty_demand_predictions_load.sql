TRUNCATE TABLE [dbo].[demand_predictions_load];

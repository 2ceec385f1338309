TRUNCATE TABLE [dbo].[demand_models_demand_load];

TRUNCATE TABLE [dbo].[demand_load];

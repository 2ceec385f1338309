TRUNCATE TABLE [od'd].[models_odd_names_load];

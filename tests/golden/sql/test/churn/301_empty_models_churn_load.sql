TRUNCATE TABLE [ml].[models_churn_load];

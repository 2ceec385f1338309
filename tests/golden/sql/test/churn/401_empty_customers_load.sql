TRUNCATE TABLE [crm].[customers_load];

TRUNCATE TABLE [od'd].[out]]put_load];

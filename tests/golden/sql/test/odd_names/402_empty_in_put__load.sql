TRUNCATE TABLE [od'd].[in]]put'_load];

SELECT COUNT_BIG(*) AS [loaded] FROM [crm].[customers_load];

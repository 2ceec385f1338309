SELECT COUNT_BIG(*) AS [loaded] FROM [od'd].[in]]put'];

SELECT COUNT_BIG(*) AS [loaded] FROM [dbo].[nyc_taxi];

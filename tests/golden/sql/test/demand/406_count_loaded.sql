SELECT COUNT_BIG(*) AS [loaded] FROM [dbo].[demand];

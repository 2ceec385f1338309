SELECT TOP 5 p.[id] AS [key], t.[units] AS [actual], p.[prediction]
FROM [dbo].[demand_predictions] AS p
INNER JOIN [dbo].[demand] AS t
    ON t.[id] = p.[id]
WHERE p.[run_id] = @run_id
ORDER BY p.[id];

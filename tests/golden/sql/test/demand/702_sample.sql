-- The key as text: programs that read JSON round integers beyond 2^53.
SELECT TOP 5 CAST(p.[id] AS nvarchar(4000)) AS [key], t.[units] AS [actual], p.[prediction]
FROM [dbo].[demand_predictions] AS p
INNER JOIN [dbo].[demand] AS t
    ON t.[id] = p.[id]
WHERE p.[run_id] = @run_id
ORDER BY p.[id];

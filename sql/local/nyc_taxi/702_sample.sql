-- The key as text: programs that read JSON round integers beyond 2^53.
SELECT TOP 5 CAST(p.[tripId] AS nvarchar(4000)) AS [key], t.[fareAmount] AS [actual], p.[prediction]
FROM [dbo].[nyc_taxi_predictions] AS p
INNER JOIN [dbo].[nyc_taxi] AS t
    ON t.[tripId] = p.[tripId]
WHERE p.[run_id] = @run_id
ORDER BY p.[tripId];

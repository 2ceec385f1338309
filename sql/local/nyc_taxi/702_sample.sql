SELECT TOP 5 p.[tripId] AS [key], t.[fareAmount] AS [actual], p.[prediction]
FROM [dbo].[nyc_taxi_predictions] AS p
INNER JOIN [dbo].[nyc_taxi] AS t
    ON t.[tripId] = p.[tripId]
WHERE p.[run_id] = @run_id
ORDER BY p.[tripId];

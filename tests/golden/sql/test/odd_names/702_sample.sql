-- The key as text: programs that read JSON round integers beyond 2^53.
SELECT TOP 5 CAST(p.[the key]]] AS nvarchar(4000)) AS [key], t.[Größe (m²)] AS [actual], p.[prediction]
FROM [od'd].[out]]put] AS p
INNER JOIN [od'd].[in]]put'] AS t
    ON t.[the key]]] = p.[the key]]]
WHERE p.[run_id] = @run_id
ORDER BY p.[the key]]];

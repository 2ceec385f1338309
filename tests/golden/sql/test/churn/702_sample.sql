-- The key as text: programs that read JSON round integers beyond 2^53.
SELECT TOP 5 CAST(p.[customer] AS nvarchar(4000)) AS [key], t.[churned] AS [actual], p.[prediction]
FROM [crm].[churn] AS p
INNER JOIN [crm].[customers_load] AS t
    ON t.[customer] = p.[customer]
WHERE p.[run_id] = @run_id
ORDER BY p.[customer];

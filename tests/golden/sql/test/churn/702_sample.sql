SELECT TOP 5 p.[customer] AS [key], t.[churned] AS [actual], p.[prediction]
FROM [crm].[churn] AS p
INNER JOIN [crm].[customers_load] AS t
    ON t.[customer] = p.[customer]
WHERE p.[run_id] = @run_id
ORDER BY p.[customer];

-- What the predictions of this run are worth, measured against the true labels of the rows they were made for.
SELECT
    COUNT_BIG(*) AS [predicted],
    MIN(p.[engine]) AS [engine],
    MIN(p.[model_version]) AS [model_version],
    AVG(CASE WHEN p.[prediction] = t.[churned] THEN 1.0 ELSE 0.0 END) AS [accuracy]
FROM [crm].[churn] AS p
INNER JOIN [crm].[customers_load] AS t
    ON t.[customer] = p.[customer]
WHERE p.[run_id] = @run_id;

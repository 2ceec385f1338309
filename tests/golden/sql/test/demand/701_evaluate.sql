-- What the predictions of this run are worth, measured against the true values of the rows they were made for.
SELECT
    COUNT_BIG(*) AS [predicted],
    MIN(p.[engine]) AS [engine],
    MIN(p.[model_version]) AS [model_version],
    SQRT(AVG(SQUARE(CAST(p.[prediction] AS float) - t.[actual]))) AS [rmse],
    1.0 - SUM(SQUARE(CAST(p.[prediction] AS float) - t.[actual])) / NULLIF(SUM(SQUARE(t.[actual] - m.[mean])), 0) AS [r2]
FROM [dbo].[demand_predictions] AS p
INNER JOIN (SELECT [id], CAST([units] AS float) AS [actual] FROM [dbo].[demand]) AS t
    ON t.[id] = p.[id]
CROSS JOIN (SELECT AVG(CAST([units] AS float)) AS [mean] FROM [dbo].[demand]) AS m
WHERE p.[run_id] = @run_id;

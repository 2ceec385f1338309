-- What the predictions of this run are worth, measured against the true values of the rows they were made for.
SELECT
    COUNT_BIG(*) AS [predicted],
    MIN(p.[engine]) AS [engine],
    MIN(p.[model_version]) AS [model_version],
    SQRT(AVG(SQUARE(CAST(p.[prediction] AS float) - t.[actual]))) AS [rmse],
    1.0 - SUM(SQUARE(CAST(p.[prediction] AS float) - t.[actual])) / NULLIF(SUM(SQUARE(t.[actual] - m.[mean])), 0) AS [r2]
FROM [od'd].[out]]put] AS p
INNER JOIN (SELECT [the key]]], CAST([Größe (m²)] AS float) AS [actual] FROM [od'd].[in]]put']) AS t
    ON t.[the key]]] = p.[the key]]]
CROSS JOIN (SELECT AVG(CAST([Größe (m²)] AS float)) AS [mean] FROM [od'd].[in]]put']) AS m
WHERE p.[run_id] = @run_id;

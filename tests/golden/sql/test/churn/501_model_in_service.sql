SELECT [name], [version], [run_id], [child_run], [algorithm], [metric], [score]
FROM [ml].[models]
WHERE [name] = N'churn'
    AND [version] = (SELECT MAX([version]) FROM [ml].[models] WHERE [name] = N'churn');

SELECT [name], [version], [run_id], [child_run], [algorithm], [metric], [score]
FROM [dbo].[models]
WHERE [name] = N'nyc_taxi'
    AND [version] = (SELECT MAX([version]) FROM [dbo].[models] WHERE [name] = N'nyc_taxi');

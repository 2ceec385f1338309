SELECT [name], [version], [run_id], [child_run], [algorithm], [metric], [score]
FROM [dbo].[demand_models]
WHERE [name] = N'demand'
    AND [version] = (SELECT MAX([version]) FROM [dbo].[demand_models] WHERE [name] = N'demand');

SELECT [name], [version], [run_id], [child_run], [algorithm], [metric], [score]
FROM [od'd].[models]
WHERE [name] = N'odd_names'
    AND [version] = (SELECT MAX([version]) FROM [od'd].[models] WHERE [name] = N'odd_names');

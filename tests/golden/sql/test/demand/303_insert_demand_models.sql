-- Joins the parts and puts the model into service as its newest version; a second run of the same pipeline run replaces its own.
DECLARE @model varbinary(max) = 0x;
DECLARE @part int = 1;
DECLARE @version int;
WHILE @part <= @parts
BEGIN
    SET @model = @model + (SELECT [chunk] FROM [dbo].[demand_models_demand_load] WHERE [part] = @part);
    SET @part = @part + 1;
END
IF @model IS NULL OR DATALENGTH(@model) <> @bytes
    THROW 50002, N'The model did not arrive whole; the one in service stays.', 1;
DELETE FROM [dbo].[demand_models] WHERE [name] = N'demand' AND [run_id] = @run_id;
SET @version = (SELECT ISNULL(MAX([version]), 0) + 1 FROM [dbo].[demand_models] WHERE [name] = N'demand');
INSERT INTO [dbo].[demand_models] ([name], [version], [run_id], [child_run], [algorithm], [metric], [score], [inputs], [created_at], [model])
SELECT N'demand', @version, @run_id, @child_run, @algorithm, @metric, @score, @inputs, SYSUTCDATETIME(), @model;

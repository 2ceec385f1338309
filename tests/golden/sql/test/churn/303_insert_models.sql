-- Joins the parts and puts the model into service as its newest version; loading the same run's model again replaces it.
DECLARE @model varbinary(max) = 0x;
DECLARE @part int = 1;
DECLARE @version int;
WHILE @part <= @parts
BEGIN
    SET @model = @model + (SELECT [chunk] FROM [ml].[models_churn_load] WHERE [part] = @part);
    SET @part = @part + 1;
END
IF @model IS NULL OR DATALENGTH(@model) <> @bytes
    THROW 50002, N'The model did not arrive whole; the one in service stays.', 1;
BEGIN TRY
    BEGIN TRANSACTION;
    DELETE FROM [ml].[models] WHERE [name] = N'churn' AND [run_id] = @run_id;
    SET @version = (SELECT ISNULL(MAX([version]), 0) + 1 FROM [ml].[models] WHERE [name] = N'churn');
    INSERT INTO [ml].[models] ([name], [version], [run_id], [child_run], [algorithm], [metric], [score], [inputs], [created_at], [model])
    SELECT N'churn', @version, @run_id, @child_run, @algorithm, @metric, @score, @inputs, SYSUTCDATETIME(), @model;
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH

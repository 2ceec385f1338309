-- The predictions, one row a key: what was predicted, by which version of the model, in which run.
IF OBJECT_ID(N'[dbo].[demand_predictions]', N'U') IS NULL
CREATE TABLE [dbo].[demand_predictions]
(
    [id] bigint NOT NULL,
    [prediction] real NULL,
    [model_version] int NOT NULL,
    [engine] nvarchar(16) NOT NULL,
    [run_id] nvarchar(64) NOT NULL,
    [predicted_at] datetime2(3) NOT NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

-- The models that score: one row a version, the newest one is in service.
-- HEAP: a varbinary(max) column cannot be part of a columnstore index of a dedicated SQL pool.
IF OBJECT_ID(N'[dbo].[demand_models]', N'U') IS NULL
CREATE TABLE [dbo].[demand_models]
(
    [name] nvarchar(128) NOT NULL,
    [version] int NOT NULL,
    [run_id] nvarchar(64) NOT NULL,
    [child_run] nvarchar(256) NOT NULL,
    [algorithm] nvarchar(128) NOT NULL,
    [metric] nvarchar(128) NOT NULL,
    [score] float NOT NULL,
    [inputs] nvarchar(4000) NOT NULL,
    [created_at] datetime2(3) NOT NULL,
    [model] varbinary(max) NOT NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

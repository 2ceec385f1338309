-- Where COPY lands a new model: in parts, because a row that COPY loads may have 1 MB at most.
IF OBJECT_ID(N'[dbo].[demand_models_demand_load]', N'U') IS NULL
CREATE TABLE [dbo].[demand_models_demand_load]
(
    [part] int NOT NULL,
    [chunk] varbinary(max) NOT NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

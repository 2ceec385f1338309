-- Where COPY lands the predictions that Spark made.
IF OBJECT_ID(N'[dbo].[demand_predictions_load]', N'U') IS NULL
CREATE TABLE [dbo].[demand_predictions_load]
(
    [id] bigint NOT NULL,
    [prediction] real NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

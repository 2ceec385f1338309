-- Where COPY lands the predictions that Spark made.
IF OBJECT_ID(N'[dbo].[nyc_taxi_predictions_load]', N'U') IS NULL
CREATE TABLE [dbo].[nyc_taxi_predictions_load]
(
    [tripId] bigint NOT NULL,
    [prediction] real NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

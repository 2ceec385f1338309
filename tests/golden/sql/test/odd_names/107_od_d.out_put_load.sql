-- Where COPY lands the predictions that Spark made.
IF OBJECT_ID(N'[od''d].[out]]put_load]', N'U') IS NULL
CREATE TABLE [od'd].[out]]put_load]
(
    [the key]]] int NOT NULL,
    [prediction] real NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

-- Where COPY lands new rows, before they are counted and swapped in.
IF OBJECT_ID(N'[dbo].[nyc_taxi_load]', N'U') IS NULL
CREATE TABLE [dbo].[nyc_taxi_load]
(
    [tripId] bigint NOT NULL,
    [tipped] int NOT NULL,
    [fareAmount] float NOT NULL,
    [paymentType] int NOT NULL,
    [passengerCount] int NOT NULL,
    [tripDistance] float NOT NULL,
    [tripTimeSecs] bigint NOT NULL,
    [pickupTimeBin] nvarchar(30) NOT NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX);

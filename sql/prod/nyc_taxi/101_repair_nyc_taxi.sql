-- A swap that was cut short left the table or its twin under a third name: put it back first.
IF OBJECT_ID(N'[dbo].[nyc_taxi]', N'U') IS NULL AND OBJECT_ID(N'[dbo].[nyc_taxi_old]', N'U') IS NOT NULL
    RENAME OBJECT [dbo].[nyc_taxi_old] TO [nyc_taxi];
IF OBJECT_ID(N'[dbo].[nyc_taxi_load]', N'U') IS NULL AND OBJECT_ID(N'[dbo].[nyc_taxi_old]', N'U') IS NOT NULL
    RENAME OBJECT [dbo].[nyc_taxi_old] TO [nyc_taxi_load];

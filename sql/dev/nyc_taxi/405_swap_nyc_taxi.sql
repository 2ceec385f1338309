RENAME OBJECT [dbo].[nyc_taxi] TO [nyc_taxi_old];
RENAME OBJECT [dbo].[nyc_taxi_load] TO [nyc_taxi];
RENAME OBJECT [dbo].[nyc_taxi_old] TO [nyc_taxi_load];

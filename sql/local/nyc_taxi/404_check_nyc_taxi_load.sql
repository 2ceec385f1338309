-- Nothing goes on unless the rows that arrived are the rows that were written (-1: not known).
DECLARE @loaded bigint;
DECLARE @problem nvarchar(2048);
SET @loaded = (SELECT COUNT_BIG(*) FROM [dbo].[nyc_taxi_load]);
IF @loaded = 0 OR (@expected_rows >= 0 AND @loaded <> @expected_rows)
BEGIN
    SET @problem = CONCAT(N'COPY loaded ', @loaded, N' rows into ', N'[dbo].[nyc_taxi_load]', N', expected ', @expected_rows, N'; the table in service stays.');
    THROW 50003, @problem, 1;
END

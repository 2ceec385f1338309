-- A dedicated SQL pool has neither CREATE OR ALTER nor DROP PROCEDURE IF EXISTS.
IF OBJECT_ID(N'[dbo].[predict_nyc_taxi]', N'P') IS NOT NULL
DROP PROCEDURE [dbo].[predict_nyc_taxi];

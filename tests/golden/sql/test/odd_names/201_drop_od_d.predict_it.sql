-- A dedicated SQL pool has neither CREATE OR ALTER nor DROP PROCEDURE IF EXISTS.
IF OBJECT_ID(N'[od''d].[predict''it]', N'P') IS NOT NULL
DROP PROCEDURE [od'd].[predict'it];

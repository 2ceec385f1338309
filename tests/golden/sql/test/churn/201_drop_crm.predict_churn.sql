-- A dedicated SQL pool has neither CREATE OR ALTER nor DROP PROCEDURE IF EXISTS.
IF OBJECT_ID(N'[crm].[predict_churn]', N'P') IS NOT NULL
DROP PROCEDURE [crm].[predict_churn];

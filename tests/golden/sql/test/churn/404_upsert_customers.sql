-- Incremental: the rows that arrived replace those of the same key.
DELETE FROM [crm].[customers]
WHERE [customer] IN (SELECT [customer] FROM [crm].[customers_load]);
INSERT INTO [crm].[customers] ([customer], [churned], [age], [active], [spend], [tariff], [since])
SELECT [customer], [churned], [age], [active], [spend], [tariff], [since]
FROM [crm].[customers_load];

-- Incremental: the rows that arrived replace those of the same key, all of them or none.
BEGIN TRY
    BEGIN TRANSACTION;
    DELETE FROM [crm].[customers]
    WHERE [customer] IN (SELECT [customer] FROM [crm].[customers_load]);
    INSERT INTO [crm].[customers] ([customer], [churned], [age], [active], [spend], [tariff], [since])
    SELECT [customer], [churned], [age], [active], [spend], [tariff], [since]
    FROM [crm].[customers_load];
    COMMIT TRANSACTION;
END TRY
BEGIN CATCH
    IF @@TRANCOUNT > 0
        ROLLBACK TRANSACTION;
    THROW;
END CATCH

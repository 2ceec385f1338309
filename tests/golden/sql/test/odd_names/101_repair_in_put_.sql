-- A swap that was cut short left the table or its twin under a third name: put it back first.
IF OBJECT_ID(N'[od''d].[in]]put'']', N'U') IS NULL AND OBJECT_ID(N'[od''d].[in]]put''_old]', N'U') IS NOT NULL
    RENAME OBJECT [od'd].[in]]put'_old] TO [in]]put'];
IF OBJECT_ID(N'[od''d].[in]]put''_load]', N'U') IS NULL AND OBJECT_ID(N'[od''d].[in]]put''_old]', N'U') IS NOT NULL
    RENAME OBJECT [od'd].[in]]put'_old] TO [in]]put'_load];

-- A swap that was cut short left the table or its twin under a third name: put it back first.
IF OBJECT_ID(N'[dbo].[demand]', N'U') IS NULL AND OBJECT_ID(N'[dbo].[demand_old]', N'U') IS NOT NULL
    RENAME OBJECT [dbo].[demand_old] TO [demand];
IF OBJECT_ID(N'[dbo].[demand_load]', N'U') IS NULL AND OBJECT_ID(N'[dbo].[demand_old]', N'U') IS NOT NULL
    RENAME OBJECT [dbo].[demand_old] TO [demand_load];

RENAME OBJECT [dbo].[demand] TO [demand_old];
RENAME OBJECT [dbo].[demand_load] TO [demand];
RENAME OBJECT [dbo].[demand_old] TO [demand_load];

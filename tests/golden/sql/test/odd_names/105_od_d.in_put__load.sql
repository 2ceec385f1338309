-- Where COPY lands new rows, before they are counted and swapped in.
IF OBJECT_ID(N'[od''d].[in]]put''_load]', N'U') IS NULL
CREATE TABLE [od'd].[in]]put'_load]
(
    [the key]]] int NOT NULL,
    [Größe (m²)] float NOT NULL,
    [it's] float NOT NULL,
    [@{at}] nvarchar(10) NOT NULL,
    [`tick`] int NOT NULL
)
WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX);

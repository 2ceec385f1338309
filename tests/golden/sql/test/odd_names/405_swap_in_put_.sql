RENAME OBJECT [od'd].[in]]put'] TO [in]]put'_old];
RENAME OBJECT [od'd].[in]]put'_load] TO [in]]put'];
RENAME OBJECT [od'd].[in]]put'_old] TO [in]]put'_load];

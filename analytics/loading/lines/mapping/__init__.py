"""From the columns of source rows to canonical fields: the mapper, and what it reads joined files, dates and the money
of orders with."""

"""How the tables of the state store came about, one step a file; alembic runs them in order."""

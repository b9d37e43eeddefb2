"""The engine for DuckDB and Spark, written once in Narwhals."""

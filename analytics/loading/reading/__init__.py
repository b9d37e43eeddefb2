"""Sources to raw rows: files, separated text and databases."""

"""Excel workbooks, new and old → rows of texts."""

"""Data added in the browser: files are received in parts, understood, shown, and loaded as a data set of their own."""

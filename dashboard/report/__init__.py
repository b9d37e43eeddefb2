"""The report: a summary, a sheet a tab and an appendix as one file that prints by itself; or as a deck."""

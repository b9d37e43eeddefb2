"""The process that reads uploaded files: started, bounded, and what it does."""

"""Work in the background of serving: loading, memory."""

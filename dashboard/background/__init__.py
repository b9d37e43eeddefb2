"""Work beside serving: loading, downloads, memory."""

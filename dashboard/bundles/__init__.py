"""Scripts of installed packages, cut to what the application uses and compressed once."""

"""The web server: headers, limits, host names, static files, data URLs, exports, metrics, the gunicorn worker."""

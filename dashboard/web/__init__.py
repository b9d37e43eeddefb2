"""The web server: manners, static files, data URLs, exports, telemetry."""

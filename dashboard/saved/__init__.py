"""Saved views in the browser: the page that lists them, and what its forms and the menu "Views" send."""

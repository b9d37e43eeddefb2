"""Figures: pure functions from (answer, context) to the plain dict that plotly draws."""

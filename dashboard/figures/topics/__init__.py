"""Figures by topic."""

"""Figures by kind of mark."""

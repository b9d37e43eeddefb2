"""Figures of values side by side: each value has its colour on the whole page, and its name where it is drawn."""

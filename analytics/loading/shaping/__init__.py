"""Rows that are not yet one for each order line, brought into that shape; each primitive in a module of its own."""

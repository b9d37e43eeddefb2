"""Numbers, dates and selections as text."""

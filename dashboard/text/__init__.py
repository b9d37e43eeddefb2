"""Numbers, dates and selections as words."""

"""Analytics over order lines: loading, storing, aggregating, statistics, questions and insights. No web framework."""

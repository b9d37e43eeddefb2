"""Statistics of revenue: bridges, concentration, attribution, stock and prices."""

"""Statistics of dated series: forecasts, expectations, silences."""

"""Statistics of dated series: forecasts, anomalies, alerts."""

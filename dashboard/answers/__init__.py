"""From a chart and a selection to its answer: service, models, cache."""

"""Components: pure functions from (answer, context), or from plain values, to HTML."""

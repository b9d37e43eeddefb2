"""What pages ask: a function each, (engine, selection, options) -> Answer."""

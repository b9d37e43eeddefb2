"""The columnar engine, embedded in the application: numpy over memory-mapped columns."""

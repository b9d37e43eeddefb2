"""Benchmarks, each a module that can be run by itself; `python -m tests.benchmarks` runs all."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy, as gunicorn.conf.py and `python -m dashboard` do

"""Benchmarks: each module can be run alone, and `python -m tests.benchmarks` runs all of them."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy, as gunicorn.conf.py and `python -m dashboard` do

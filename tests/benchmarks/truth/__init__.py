"""Truth: what the methods say about companies of which the truth is known, by simulation or on published data.

    python -m tests.benchmarks.truth [--quick] [--only forecast,affinity] [--json build/truth.json]

A subject is a module of this package with a function `measure(seeds)` that yields results (`results.found`), and a line
in `gates.GATES`.
"""

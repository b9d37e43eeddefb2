"""Many fuzzed requests against the application in this process.

    python -m tests.benchmarks.fuzz [--requests 4000] [--seed 1]

Each seed sends others. Twenty thousand are five runs:

    for seed in 1 2 3 4 5; do python -m tests.benchmarks.fuzz --seed $seed; done
"""

from __future__ import annotations

import argparse
import tempfile
import time
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

from dashboard.company import users
from dashboard.sharing import wrong
from tests.login.fuzzing import Attack
from tests.login.test_fuzz import made


def main() -> None:
    """Send them, and print how many came through."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    users._hasher = cache(lambda: PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))  # type: ignore[assignment]
    wrong.MOST_WRONG = 10**9
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        attack = Attack(made(Path(folder)), given.seed)
        for number in range(given.requests):
            attack.send(number)
        attack.check()
    print(f"seed {given.seed}: {attack.seen}, none failed or told too much; {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()

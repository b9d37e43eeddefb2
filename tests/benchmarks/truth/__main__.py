"""All subjects: one table (name, measured, target, met) and one JSON file. The exit code is 0 whatever is missed.

python -m tests.benchmarks.truth [--quick] [--only forecast,affinity] [--json build/truth.json]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.benchmarks.results import Result, machine, table
from tests.benchmarks.truth import gates
from tests.processes import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few seeds: shows that everything runs")
    parser.add_argument("--only", default=",".join(gates.NAMES), help="subjects, separated by commas")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "truth.json")
    given = parser.parse_args()
    results: list[Result] = []
    for result in gates.measure(tuple(given.only.split(",")), quick=given.quick):
        results.append(result)
        print(table([result]).splitlines()[-1], flush=True)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    everything = {"machine": machine(), "quick": given.quick, "results": results}
    given.json.write_text(json.dumps(everything, indent=1), "utf-8")
    missed = [r["name"] for r in results if r["met"] is False]
    print(f"\n{table(results)}\n\n{len(missed)} targets missed: {'; '.join(missed) or 'none'}\n{given.json}")


if __name__ == "__main__":
    main()

"""docs/performance.md: its tables are written from docs/performance.json, which has the last value of every result that
they show.

    python -m tests.benchmarks.document [RESULTS.json …]

`make bench` writes both. RESULTS.json: what a run of `python -m tests.benchmarks --json` left; its results take the
place of those of the same name. Without one, the page is written again."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.benchmarks.results import Result, machine, shown, versions
from tests.benchmarks.rows import NAMES, TABLES, Row, Table
from tests.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"
KEPT = ROOT / "docs" / "performance.json"
BEGIN = "<!-- `make bench` writes what follows from performance.json: change tests/benchmarks/rows.py instead. -->"
END = "<!-- Here ends what `make bench` writes. -->"
NEVER = "not yet measured"

Run = dict[str, Any]  # date, machine, versions of what was compared, results by name


@dataclass(frozen=True)
class Kept:
    """Runs, the newest first; every result is in one of them."""

    runs: Sequence[Run]

    @classmethod
    def read(cls, path: Path = KEPT) -> Kept:
        """What the file has."""
        return cls(json.loads(path.read_text("utf-8"))["runs"])

    def write(self, path: Path = KEPT) -> None:
        """Keep it in the file."""
        runs = ",\n".join(_as_json(run) for run in self.runs)
        path.write_text(f'{{"runs": [\n{runs}\n]}}\n', "utf-8")

    def with_run(self, date: str, machine: str, versions: str, results: Iterable[Result]) -> Kept:
        """The same with these results in place of older ones of the same name. Results that no table shows are left
        out; runs of which nothing is left end."""
        new = {r["name"]: {k: v for k, v in r.items() if k != "name"} for r in results if r["name"] in NAMES}
        about = {"date": date, "machine": machine, "versions": versions}
        same = next((run for run in self.runs if about.items() <= run.items()), {"results": {}})
        first = {**about, "results": dict(sorted({**same["results"], **new}.items()))}
        older = [
            {**run, "results": {name: r for name, r in run["results"].items() if name not in new and name in NAMES}}
            for run in self.runs
            if run is not same
        ]
        return Kept([run for run in (first, *older) if run["results"]])

    def found(self, name: str) -> tuple[Result, Run] | None:
        """A result and its run; None where there is none."""
        return next(((run["results"][name], run) for run in self.runs if name in run["results"]), None)


def _as_json(run: Run) -> str:
    """A line for each result, so that a change shows as what it is."""
    about = json.dumps({k: v for k, v in run.items() if k != "results"}, ensure_ascii=False)
    lines = ",\n".join(f"{_text(name)}: {_text(result)}" for name, result in run["results"].items())
    return f'{about[:-1]}, "results": {{\n{lines}\n}}}}'


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def tables(kept: Kept) -> str:
    """All tables with their headings, and what they were measured with."""
    about = [f"Measured {_measured(kept.runs[0])}." if kept.runs else "Nothing was measured."]
    about += [f"Rows with {run['date']}: {_measured(run)}." for run in kept.runs[1:]]
    about.append("**Bold** misses its target.")
    return "\n\n".join([" ".join(about), *(_table(table, kept) for table in TABLES)])


def with_tables(page: str, kept: Kept) -> str:
    """The page with the tables of what was kept between the two marks. ValueError where it lacks one."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE} lacks one of the marks between which the tables stand: {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables(kept)}\n\n{END}{after}"


def _measured(run: Run) -> str:
    compared = f"; {run['versions']}" if run["versions"] else ""
    return f"on {run['date']} on {run['machine']}{compared}"


def _table(table: Table, kept: Kept) -> str:
    head = ["", *table.columns, "Target"]
    missed = [row for row in table.rows if misses(row, kept)]
    reasons = list(dict.fromkeys(row.why for row in missed))  # told below the table, by their numbers
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in table.rows:
        text, *cells = _cells(row, kept)
        told = f"{text} ({reasons.index(row.why) + 1})" if row in missed else text
        lines.append(f"| {' | '.join([told, *cells])} |")
    why = [f"{number}. {reason[:1].upper()}{reason[1:]}." for number, reason in enumerate(reasons, 1)]
    return "\n\n".join(filter(None, [f"## {table.title}", table.about, "\n".join(lines), "\n".join(why)]))


def misses(row: Row, kept: Kept) -> bool:
    """Whether one of a row's results misses its target."""
    return any(known[0]["met"] is False for known in _known(row, kept))


def _known(row: Row, kept: Kept) -> list[tuple[Result, Run]]:
    return [known for cell in row.cells for name in cell if (known := kept.found(name)) is not None]


def _cells(row: Row, kept: Kept) -> list[str]:
    known = _known(row, kept)
    targets = dict.fromkeys(_with_unit(r["target"], r["unit"]) for r, _ in known if r["target"])
    older = sorted({run["date"] for _, run in known if run is not kept.runs[0]})
    text = f"{row.text} ({', '.join(older)})" if older else row.text
    return [text, *(_cell(cell, kept) for cell in row.cells), " / ".join(targets)]


def _cell(names: Sequence[str], kept: Kept) -> str:
    """The results side by side, with one unit where they have the same."""
    known: list[Mapping[str, Any] | None] = [found[0] if (found := kept.found(n)) else None for n in names]
    if not any(known):
        return NEVER if names else ""
    units = {r["unit"] for r in known if r}
    one = next(iter(units)) if len(units) == 1 else ""
    texts = []
    for r in known:
        text = NEVER if r is None else _with_unit(shown(r["value"]), "" if one else r["unit"])
        texts.append(f"**{text}**" if r is not None and r["met"] is False else text)
    return _with_unit(" / ".join(texts), one)


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}".strip()


def write(runs: Iterable[Mapping[str, Any]]) -> None:
    """Keep the results of these runs (as --json has them) and write the page."""
    kept = Kept.read() if KEPT.exists() else Kept(())
    for run in runs:
        results = [result for part in run["results"].values() for result in part]
        kept = kept.with_run(run["date"], run["machine"], run["versions"], results)
    kept.write()
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), kept), "utf-8")


def write_results(results: Sequence[Result]) -> None:
    """The same with what was measured just now."""
    write([{"date": today(), "machine": machine(), "versions": versions(), "results": {"": results}}])


def today() -> str:
    """The day of a run."""
    return datetime.now(UTC).date().isoformat()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="*")
    write(json.loads(path.read_text("utf-8")) for path in parser.parse_args().runs)


if __name__ == "__main__":
    main()

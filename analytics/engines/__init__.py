"""Engines, and the one that a data set is declared for."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from analytics import store
from analytics.engines.base import Engine
from analytics.errors import StoreError
from analytics.language import N_
from analytics.store import line_table


def open_engine(root: Path, name: str, hidden: Collection[str] = (), version: str = "") -> Engine:
    """The engine that the TOML of the data set names, at the current version of its store or at another `version` that
    is still there, without the fields `hidden`.

    StoreError as of store.open, and where the flat table that DuckDB and Spark read was not written; EngineError
    where the chosen engine is not installed.
    """
    data = store.open_version(root, name, version) if version else store.open(root, name)
    if hidden:
        data = data.without(hidden)
    choice = data.profile.engine
    if choice.kind == "embedded":
        from analytics.engines.columnar.engine import ColumnarEngine

        return ColumnarEngine(data)
    from analytics.engines.narwhals.engine import NarwhalsEngine
    from analytics.engines.narwhals.source import DuckLines, SparkLines

    lines = (data.folder / line_table.FILE).resolve()
    if not lines.exists():
        raise StoreError(
            N_("{name} was stored without the table that {kind} reads.", name=repr(name), kind=choice.kind),
            hint=store.load_again(name),
        )
    if choice.kind == "duckdb":
        return NarwhalsEngine(data, DuckLines(lines, choice.memory))
    return NarwhalsEngine(data, SparkLines(lines, choice.master, choice.cores))

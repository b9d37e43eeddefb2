"""An open data set: one version of its columns, its extra tables, and what is known about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import pandas as pd

from analytics.errors import NotInData
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import FIELDS, Schema
from analytics.store.layout import Columns, StoredField
from analytics.store.lines import Lines
from analytics.store.versions import damaged


class Tables(Protocol):
    """What ingest hands over: canonical lines (with the bool column `sale`), extra tables, quality report, profile."""

    @property
    def lines(self) -> pd.DataFrame | Lines: ...

    @property
    def extras(self) -> dict[str, pd.DataFrame]: ...

    @property
    def quality(self) -> Quality: ...

    @property
    def profile(self) -> Profile: ...


@dataclass(frozen=True, kw_only=True)
class StoredDataset(Columns):
    """One version of one data set. Its columns are mapped from disk and never read as a whole."""

    name: str
    version: str
    format: int
    loaded_at: str
    profile: Profile
    quality: Quality
    schema: Schema  # stored fields at their levels, and extra tables; engines add what they derive
    folder: Path
    held: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # extra tables of a data set that was never written

    def table(self, name: str) -> pd.DataFrame:
        """An extra table; NotInData where the data set has none of that name, StoreError where it cannot be read."""
        if name not in self.schema.tables:
            raise NotInData(
                f"the data set {self.name!r} has no table {name!r}.",
                hint=f"It has: {', '.join(self.schema.tables) or 'none'}.",
            )
        if name in self.held:
            return self.held[name].copy()
        try:
            return pd.read_parquet(self.folder / f"table.{name}.parquet")
        except (OSError, ValueError) as error:
            raise damaged(self.name, f"the table {name!r} cannot be read ({error})") from error


def stored_schema(fields: Mapping[str, StoredField], tables: Iterable[str]) -> Schema:
    """The schema of stored fields, each at the level that its array has."""
    return Schema(tuple(replace(f, level=fields[n].level) for n, f in FIELDS.items() if n in fields), tuple(tables))

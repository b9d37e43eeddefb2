"""An open data set: one version of its columns, its extra tables, and what is known about them.

Files are checked by size when a data set is opened, and mapped: a column is read from disk where it is used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analytics.errors import NotInData, StoreError
from analytics.language import N_
from analytics.profile import Profile
from analytics.quality import Quality
from analytics.schema import MISSING, REQUIRED, Fields, Schema, place_parts, place_path
from analytics.store.array_files import mapped
from analytics.store.dictionary import Dictionary
from analytics.store.format import FORMAT, LINES_SINCE
from analytics.store.layout import Columns, Facts, ReadFiles, StoredField
from analytics.store.numbers import code_type
from analytics.store.versions import current, current_version, damaged, has_version, load_again


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
    read: ReadFiles | None = None  # the files that its lines are from, where newer ones can be added
    extras: Mapping[str, pd.DataFrame] = field(
        default_factory=dict
    )  # extra tables of a data set that was never written
    hidden: frozenset[str] = frozenset()  # fields that were taken away by `without`

    def without(self, names: Iterable[str]) -> StoredDataset:
        """The same data as if these fields had never been loaded, neither among the lines nor in extra tables; its
        version says so. Fields that no data can lack (REQUIRED) raise ValueError."""
        hidden = self.hidden | frozenset(names)
        if hidden & set(REQUIRED):
            raise ValueError(f"{', '.join(sorted(hidden & set(REQUIRED)))} cannot be hidden")
        fields = {name: kept for name, kept in self.fields.items() if name not in hidden}
        schema = replace(self.schema, fields=tuple(f for f in self.schema.fields if f.name not in hidden))
        mark = hashlib.sha256(",".join(sorted(hidden)).encode()).hexdigest()[:8]  # people see it: it names no field
        version = f"{self.version.partition('~')[0]}~{mark}"
        facts = replace(self.facts, customers=0, buyers=0) if "customer" in hidden else self.facts
        found = replace(self, fields=fields, schema=schema, facts=facts, hidden=hidden, version=version)
        return found if "place" not in fields or hidden.isdisjoint(fields["place"].parts) else found._shorter_places()

    def _shorter_places(self) -> StoredDataset:
        """The same with places of those parts only that are not hidden; without places where none is left, and where
        another engine reads the codes from its own table."""
        was = self.fields["place"].parts
        kept = [at for at, part in enumerate(was) if part not in self.hidden]
        fields = dict(self.fields)
        place = fields.pop("place")
        codes_of_place = ("cube.place.", "held.place")  # by codes that are no longer the same
        arrays = {name: array for name, array in self.arrays.items() if not name.startswith(codes_of_place)}
        if not kept or self.profile.engine.kind != "embedded":
            schema = replace(self.schema, fields=tuple(f for f in self.schema.fields if f.name != "place"))
            return replace(self, arrays=arrays, fields=fields, schema=schema)
        names = (place_parts(str(path)) for path in self.dictionaries["place"].texts)  # "" has no parts
        left = [tuple(parts[at] if at < len(parts) else MISSING for at in kept) for parts in names]
        paths, codes = np.unique(
            np.array([place_path(parts) if any(parts) else MISSING for parts in left], dtype=object),
            return_inverse=True,
        )
        codes = codes.astype(code_type(len(paths)))
        for name in (f"{place.level}.place", "copy.place", "parent.place"):
            if name in arrays:
                arrays[name] = codes[arrays[name]]
        # a place decides less than it did
        fields = {n: replace(f, parent_of="") if f.parent_of == "place" else f for n, f in fields.items()}
        fields["place"] = replace(place, parts=tuple(was[at] for at in kept))
        dictionaries = {**self.dictionaries, "place": Dictionary.of(paths)}
        return replace(self, arrays=arrays, fields=fields, dictionaries=dictionaries)

    @cached_property
    def posted_days(self) -> np.ndarray:
        """All days from the first to the last on which a line counts: those of all orders, and of lines with a time of
        posting."""
        first = self.facts.first_day
        ends = [first, first + max(self.facts.days - 1, 0)]
        posted = self.lines["posted_at"]
        known = posted[~np.isnat(posted)]
        if len(known):
            ends += [int(at.astype("datetime64[D]").astype("int64")) for at in (known.min(), known.max())]
        return np.arange(min(ends), max(ends) + 1).astype("datetime64[D]")

    def table(self, name: str) -> pd.DataFrame:
        """An extra table; NotInData where the data set has none of that name, StoreError where it cannot be read."""
        if name not in self.schema.tables:
            raise NotInData(
                N_("{data} has no table {table}.", data=self.name, table=name),
                hint=N_("Its tables: {names}.", names=", ".join(self.schema.tables) or N_("none")),
            )
        if name in self.extras:
            return self.extras[name].drop(columns=list(self.hidden), errors="ignore")
        try:
            table = pd.read_parquet(self.folder / f"table.{name}.parquet")
            return table.drop(columns=list(self.hidden), errors="ignore")
        except (OSError, ValueError) as error:
            raise damaged(
                self.name, N_("the table {name} cannot be read ({error})", name=repr(name), error=str(error))
            ) from error


def open(root: Path, name: str) -> StoredDataset:
    """The current version of a data set, its columns mapped.

    StoreError where there is none, where a file is missing or short, or where it has another format."""
    return _open(root, name, oldest=FORMAT)


def open_version(root: Path, name: str, version: str) -> StoredDataset:
    """A version that may no longer be the current one. StoreError where it is not there, as of `open`."""
    if not has_version(root, name, version):
        raise StoreError(f"{name!r} has no version {version[:60]!r} any more.", where="store")
    written = (Path(root) / name / version / "meta.json").stat().st_mtime
    loaded_at = datetime.fromtimestamp(written, UTC).isoformat(timespec="seconds")
    return opened(Path(root) / name, name, version, loaded_at)


def open_lines(root: Path, name: str) -> StoredDataset:
    """The same for reading lines, orders and customers only, which formats since LINES_SINCE share: of an older format
    the summaries may be missing or mean something else."""
    return _open(root, name, oldest=LINES_SINCE)


def _open(root: Path, name: str, oldest: int) -> StoredDataset:
    for attempt in range(3):
        version, loaded_at = current(root, name)
        try:
            return opened(Path(root) / name, name, version, loaded_at, oldest=oldest)
        except StoreError:
            if attempt == 2 or current_version(root, name) == version:
                raise  # not replaced in the meantime: truly damaged
    raise AssertionError("unreachable")


def opened(home: Path, name: str, version: str, loaded_at: str, *, oldest: int = FORMAT) -> StoredDataset:
    """A version of a data set. StoreError where it cannot be read, or has a format older than `oldest` or newer than
    this program's."""
    folder = home / version
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        form = meta["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(name, N_("its file {file} cannot be read", file="meta.json")) from error
    if not isinstance(form, int) or not oldest <= form <= FORMAT:
        raise StoreError(
            N_(
                "{name} was stored in format {form}, this program reads format {format}.",
                name=repr(name),
                form=str(form)[:20],
                format=str(FORMAT),
            ),
            hint=load_again(name),
        )
    try:
        return _from_meta(meta, folder, name, version, loaded_at)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise damaged(
            name, N_("{file} is not as it was written ({error})", file="meta.json", error=repr(error))
        ) from error


def _from_meta(meta: dict[str, Any], folder: Path, name: str, version: str, loaded_at: str) -> StoredDataset:
    fields = {n: StoredField.from_dict(f) for n, f in meta["fields"].items()}
    profile = Profile.from_dict(meta["profile"])
    columns = Columns(_arrays(folder, name, meta["files"]), {}, fields, Facts.from_dict(meta["facts"]))
    for coded, about in meta["dictionaries"].items():
        columns.dictionaries[coded] = columns.read_dictionary(coded, about["ordered"])
    return StoredDataset(
        arrays=columns.arrays,
        dictionaries=columns.dictionaries,
        fields=fields,
        facts=columns.facts,
        name=name,
        version=version,
        format=meta["format"],
        loaded_at=loaded_at,
        profile=profile,
        quality=Quality.from_dict(meta["quality"]),
        schema=stored_schema(fields, meta["tables"], profile.fields),
        folder=folder,
        read=ReadFiles.from_dict(meta["read"]) if meta.get("read") else None,
    )


def _arrays(folder: Path, name: str, files: dict[str, int]) -> dict[str, np.ndarray]:
    """The arrays of a version by name, after a look at the size of each of its files."""
    arrays: dict[str, np.ndarray] = {}
    for file, size in files.items():
        path = folder / file
        try:
            if path.stat().st_size < size:  # a newer version may have continued it
                raise damaged(
                    name,
                    N_("{file} has {bytes} bytes instead of {size}", file=file, bytes=path.stat().st_size, size=size),
                )
            if file.endswith(".npy"):
                arrays[file.removesuffix(".npy")] = mapped(path, size)
        except (OSError, ValueError) as error:
            raise damaged(name, N_("{file} is missing or unreadable", file=file)) from error
    return arrays


def stored_schema(fields: Mapping[str, StoredField], tables: Iterable[str], known: Fields) -> Schema:
    """The schema of stored fields, each at the level that its array has."""
    return Schema(tuple(replace(f, level=fields[n].level) for n, f in known.items() if n in fields), tuple(tables))

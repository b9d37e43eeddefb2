"""An upload read on trial, into a store of its own: what would its data set contain?"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from analytics.engines import open_engine
from analytics.errors import CatalogError
from analytics.loading import catalog
from analytics.loading.guessing.guess import guess
from analytics.loading.ingest import ingest
from analytics.loading.spec import Spec
from analytics.selection import Selection
from dashboard.uploads.folder import State, Upload

SAMPLE = 20  # lines
MOST_COLUMNS = 30
TRIAL = "trial"  # the name under which an upload is read before anybody loads it


def read(upload: Upload, toml: str = "") -> None:
    """Find out how the files are read, or take `toml` for that, and read them into a store of their own."""
    text = toml or guess(upload.paths, upload.folder, prefix="./", check=False)  # it is read at once
    upload.say(State("reading", toml=text))
    spec = declaration(upload, text)
    found = contents(upload, spec)
    read_files = used(spec, upload.paths)
    unused = [path.name for path in upload.paths if path not in read_files]
    upload.say(State("read", toml=text, found={**found, "unused": unused}))


def declaration(upload: Upload, toml: str) -> Spec:
    """The data set of a TOML beside an upload's files."""
    path = upload.folder / f"{TRIAL}.toml"
    path.write_text(toml, "utf-8")
    return declared(path)


def declared(path: Path) -> Spec:
    """The data set of a TOML that a viewer may have written: it reads files of its own folder, and nothing else.
    CatalogError where it names a database, another folder or another engine."""
    spec = catalog.load(path)
    for source in spec.sources:
        if source.kind == "sql" or not all(f.startswith("./") and ".." not in Path(f).parts for f in source.files):
            raise CatalogError(
                'data that are added in the browser come from the added files: files = ["./name.csv"].',
                where="source.files",
            )
    if spec.profile.engine.kind != "embedded":
        raise CatalogError("data that are added in the browser use the embedded engine.", where="engine")
    return spec


def used(spec: Spec, paths: Sequence[Path]) -> list[Path]:
    """The files that a data set reads; it may read only some of those that were added."""
    patterns = [Path(name).name for source in spec.sources for name in source.files]
    return [path for path in paths if any(fnmatchcase(path.name, pattern) for pattern in patterns)]


def contents(upload: Upload, spec: Spec) -> dict[str, Any]:
    """What a data set of an upload's files contains: totals, findings and the first lines."""
    store = upload.folder / TRIAL
    quality = ingest(spec, upload.folder, store).quality
    engine = open_engine(store, TRIAL)
    selection, _ = Selection.from_query("range=all")
    now = engine.resolve(selection)
    totals = engine.aggregate([], ["revenue", "orders", "units"], now).iloc[0]
    columns = [f for f in engine.schema.fields if not f.derived][:MOST_COLUMNS]
    page = engine.lines(now, [f.name for f in columns], [], 0, SAMPLE)
    return {
        "title": engine.profile.title,
        "currency": engine.profile.currency,
        "revenue": float(totals["revenue"]),
        "orders": int(totals["orders"]),
        "units": float(totals["units"]),
        "lines": page.count,
        "first": str(now.span.start),
        "last": str(now.span.end - 1),
        "rows_read": quality.rows_read,
        "findings": [[f.label, f.effect, f.rows, f.places] for f in quality.findings],
        "columns": [f.label for f in columns],
        "sample": page.rows.astype("object").where(page.rows.notna(), "").astype(str).to_numpy().tolist(),
    }

"""Reads uploaded files in a process of its own, with bounded memory and time, because they may be anything:

    python -m dashboard.uploads.reading guess FOLDER            how are the files read, and what is in them?
    python -m dashboard.uploads.reading load FOLDER SETS STORE NAME MODE

What came of it is the upload's state (folder.py); a process that is killed leaves a state that says so.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from analytics.engines import open_engine
from analytics.errors import CatalogError, DataError, StoresightError
from analytics.loading import catalog
from analytics.loading.guessing.guess import guess
from analytics.loading.ingest import ingest
from analytics.loading.spec import Source, Spec
from analytics.quality import Quality
from analytics.selection import Selection
from dashboard.uploads.folder import State, Upload

MOST_MEMORY = 3 * 2**30  # bytes of data
MOST_SECONDS = 900  # of processor time
SAMPLE = 20  # lines
MOST_COLUMNS = 30
TRIAL = "trial"  # the name under which an upload is read before anybody loads it
MODES = ("replace", "append")


def limit() -> None:
    """Bound this process, for good."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(upload: Upload, toml: str = "") -> None:
    """Find out how the files are read, or take `toml` for that, and read them into a store of their own."""
    text = toml or _beside(guess(upload.paths, upload.folder), [p.name for p in upload.paths])
    upload.say(State("reading", toml=text))
    (upload.folder / f"{TRIAL}.toml").write_text(text, "utf-8")
    spec = declared(upload.folder / f"{TRIAL}.toml")
    store = upload.folder / "trial"
    quality = ingest(spec, upload.folder, store).quality
    upload.say(State("read", toml=text, found=_found(store, quality)))


def load(upload: Upload, sets: Path, store: Path, name: str, mode: str) -> None:
    """Make the files a data set, or a part of one: its files are replaced, or these are added to them."""
    before = upload.state
    target, made = sets / name, sets / f".{name}.new"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    kept = [p for p in target.iterdir() if p.suffix != ".toml"] if mode == "append" and target.is_dir() else []
    for path in (*kept, *upload.paths):
        shutil.copy2(path, made / path.name)
    text = before.toml
    if kept:
        text = _with_files(target / f"{name}.toml", sorted(p.name for p in made.iterdir()))
    (made / f"{name}.toml").write_text(text, "utf-8")
    ingest(declared(made / f"{name}.toml"), made, store)  # an error leaves all as it was
    old = sets / f".{name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if target.is_dir():
        target.rename(old)
    made.rename(target)
    upload.say(State("loaded", toml=text, found=before.found, data=name))
    for path in upload.paths:
        path.unlink(missing_ok=True)
    shutil.rmtree(upload.folder / "trial", ignore_errors=True)


def declared(path: Path) -> Spec:
    """The data set of a TOML that a viewer may have written: it reads files of its own folder, and nothing else.
    CatalogError where it names a database, another folder or another engine."""
    spec = catalog.load(path)
    for source in _sources(spec):
        if source.kind == "sql" or not all(f.startswith("./") and ".." not in Path(f).parts for f in source.files):
            raise CatalogError(
                'data that are added in the browser come from the added files: files = ["./name.csv"].',
                where="source.files",
            )
    if spec.profile.engine.kind != "embedded":
        raise CatalogError("data that are added in the browser use the embedded engine.", where="engine")
    return spec


def _sources(part: Any) -> list[Source]:
    """All sources that are somewhere within a spec."""
    if isinstance(part, Source):
        return [part]
    if isinstance(part, tuple | list):
        return [source for each in part for source in _sources(each)]
    if is_dataclass(part) and not isinstance(part, type):
        return [source for f in fields(part) for source in _sources(getattr(part, f.name))]
    return []


def _beside(toml: str, names: list[str]) -> str:
    """The TOML with its files named as those beside it."""
    for name in names:
        quoted = json.dumps(name, ensure_ascii=False)
        toml = toml.replace(quoted, json.dumps(f"./{name}", ensure_ascii=False))
    return toml


def _with_files(toml: Path, names: list[str]) -> str:
    """The TOML of a data set with further files of the same kind."""
    lines = toml.read_text("utf-8").splitlines()
    at = [i for i, line in enumerate(lines) if line.split("=")[0].strip() == "files"]
    if len(at) != 1:
        raise DataError(
            "files can be added to a data set whose TOML names its files in one line.",
            where=toml.name,
            hint="Load all files together instead.",
        )
    lines[at[0]] = f"files = {json.dumps([f'./{n}' for n in names if not n.endswith('.toml')], ensure_ascii=False)}"
    return "\n".join(lines) + "\n"


def _found(store: Path, quality: Quality) -> dict[str, Any]:
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


def main(arguments: list[str]) -> int:
    """Do one of the two; 1 where it failed, which the state tells too."""
    limit()
    action, folder, *rest = arguments
    upload = Upload(Path(folder))
    before = upload.state
    try:
        if action == "load":
            sets, store, name, mode = rest
            load(upload, Path(sets), Path(store), name, mode)
        else:
            read(upload, before.toml)
    except StoresightError as fault:
        upload.say(State("failed", str(fault), upload.state.toml, before.found))
        return 1
    except MemoryError:
        upload.say(State("failed", "The files need more memory than one upload may use.", upload.state.toml))
        return 1
    return 0


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # at once: the next upload waits for it

"""Data sets that were added in the browser: their files are put in place, replaced, or added to."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Sequence
from pathlib import Path

from analytics.errors import DataError
from analytics.loading.ingest import ingest
from analytics.loading.written.toml_text import TomlText, listed, quoted
from dashboard.uploads.folder import State, Upload, safe_name
from dashboard.uploads.trial import TRIAL, contents, declaration, declared, used

ALIKE = ("revenue", "orders", "lines", "first", "last")  # what is the same however an added file is declared
MODES = ("new", "replace", "append")


def load(upload: Upload, sets: Path, store: Path, name: str, mode: str) -> None:
    """Make the files a data set, or a part of one: its files are replaced, or these are added to them."""
    before = upload.state
    target, made = sets / name, sets / f".{name}.new"
    settle(sets)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    kept = [p for p in target.iterdir() if p.suffix != ".toml"] if mode == "append" and target.is_dir() else []
    text = before.toml
    added = used(declaration(upload, text), upload.paths)
    if kept:
        _check_alike(upload, added, target / f"{name}.toml", kept)
    names: list[str] = []
    for path in (*kept, *added):
        names.append(safe_name(path.name, names))  # every month's file may be named orders.csv
        shutil.copy2(path, made / names[-1])
    if kept:
        text = _with_files(target / f"{name}.toml", names)
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
    shutil.rmtree(upload.folder / TRIAL, ignore_errors=True)


def settle(sets: Path) -> None:
    """Put back the files of data sets for which a process was killed between moving the old ones away and the new ones
    there, and delete what it had made."""
    for old in sets.glob(".*.old"):
        target = sets / old.name[1 : -len(".old")]
        if not target.exists():
            old.rename(target)
    for left in sets.glob(".*.new"):
        shutil.rmtree(left, ignore_errors=True)


def _check_alike(upload: Upload, added: Sequence[Path], toml: Path, kept: Sequence[Path]) -> None:
    """DataError where a file is in the data set already, or where the TOML of the data set reads the files otherwise
    than they were read when they were looked at: with another decimal sign, or days and months exchanged."""
    for path in added:
        same = next((old.name for old in kept if filecmp.cmp(path, old, shallow=False)), "")
        if same:
            raise DataError(f"this file is in the data set already, as {same}.", where=path.name)
    now = contents(upload, declaration(upload, _with_files(toml, [p.name for p in added])))
    before = upload.state.found
    different = [f"{n} {before.get(n)}, now {now[n]}" for n in ALIKE if before.get(n) != now[n]]
    if different:
        raise DataError(
            "the data set reads these files otherwise than they were read here",
            where=toml.name,
            examples=different,
            hint="Export them as its other files were, or load them as a data set of their own.",
        )


def _with_files(toml: Path, names: list[str]) -> str:
    """The TOML of a data set with further files of the same kind."""
    text = TomlText(toml.read_text("utf-8"))
    places = text.places("files")
    if len(places) != 1:
        raise DataError(
            "files can be added to a data set whose TOML names its files in one line.",
            where=toml.name,
            hint="Load all files together instead.",
        )
    text.put(places[0], listed([quoted(f"./{name}") for name in names if not name.endswith(".toml")]))
    return str(text)

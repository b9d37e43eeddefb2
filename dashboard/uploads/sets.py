"""Data sets that were added in the browser: their files are put in place, replaced, or added to; the last change can be
undone."""

from __future__ import annotations

import filecmp
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from analytics.errors import DataError, StoresightError
from analytics.language import N_
from analytics.loading.ingest import ingest
from analytics.loading.written.toml_text import TomlText, listed, quoted
from dashboard.uploads.edits import with_value
from dashboard.uploads.fixes import fixed
from dashboard.uploads.folder import State, Upload, safe_name
from dashboard.uploads.names import NAME
from dashboard.uploads.trial import TRIAL, contents, declaration, declared, used

ALIKE = ("revenue", "orders", "lines", "first", "last")  # what is the same however an added file is declared
MODES = ("new", "replace", "append")


@dataclass(frozen=True)
class Added:
    """A data set that was added in the browser: `files` are their number, `undo` whether the version before is kept."""

    name: str
    title: str
    files: int
    undo: bool


def added(sets: Path) -> list[Added]:
    """All of them, by name."""
    folders = sorted(p for p in sets.glob("[a-z]*") if re.fullmatch(NAME, p.name) and p.is_dir())
    return [
        Added(p.name, title_of(p / f"{p.name}.toml"), len(_data_files(p)), old_of(sets, p.name).is_dir())
        for p in folders
    ]


def title_of(toml: Path) -> str:
    """The title that a TOML declares; the name of the file where it cannot be read."""
    with suppress(OSError, ValueError):
        return str(tomllib.loads(toml.read_text("utf-8"))["title"])
    return toml.stem


def old_of(sets: Path, name: str) -> Path:
    """Where a data set is kept as it was before its last change."""
    return sets / f".{name}.old"


def load(upload: Upload, sets: Path, store: Path, name: str, mode: str, title: str = "") -> None:
    """Make the files a data set, or a part of one: its files are replaced, or these are added to them. The `title` is
    that of a new one; others keep theirs."""
    before = upload.state
    settle(sets)
    target = sets / name
    if mode == "new" and target.is_dir():
        raise DataError(N_("another data set was named {name} in the meantime.", name=name), hint=N_("Load it again."))
    kept = _data_files(target) if mode == "append" and target.is_dir() else []
    read = used(declaration(upload, before.toml), upload.paths)
    if kept:
        _check_alike(upload, read, target / f"{name}.toml", kept)
    made = _begun(sets, name)
    names: list[str] = []
    for path in (*kept, *read):
        names.append(safe_name(path.name, names))  # every month's file may be named orders.csv
        shutil.copy2(path, made / names[-1])
    if kept:
        text = _with_more(target / f"{name}.toml", before.toml, kept, dict(zip(read, names[len(kept) :], strict=True)))
    else:
        text = with_value(before.toml, "title", quoted(title or title_of(target / f"{name}.toml")))
    _put(made, text, sets, store, name)
    upload.say(State("loaded", toml=text, found=before.found, data=name))
    for path in upload.paths:
        path.unlink(missing_ok=True)
    shutil.rmtree(upload.folder / TRIAL, ignore_errors=True)


def change(upload: Upload, sets: Path, store: Path, name: str, fix: str, field: str) -> None:
    """Read the files of a data set in another way (fixes.py), as its next version."""
    settle(sets)
    target = sets / name
    toml = target / f"{name}.toml"
    text = fixed(toml.read_text("utf-8"), declared(toml), store, fix, field)
    made = _begun(sets, name)
    for path in _data_files(target):
        shutil.copy2(path, made / path.name)
    _put(made, text, sets, store, name)
    upload.say(State("loaded", data=name))


def undo(upload: Upload, sets: Path, store: Path, name: str) -> None:
    """Exchange a data set with the version before, so that undoing twice changes nothing. DataError where there is
    none."""
    settle(sets)
    old, target, aside = old_of(sets, name), sets / name, sets / f".{name}.aside"
    if not old.is_dir():
        raise DataError(N_("the previous version is no longer kept."), where=name)
    ingest(declared(old / f"{name}.toml"), old, store)
    target.rename(aside)
    old.rename(target)
    aside.rename(old)
    upload.say(State("loaded", data=name))


def settle(sets: Path) -> None:
    """Put back the files of data sets for which a process was killed between moving the old ones away and the new ones
    there, and delete what it had made."""
    for old in sets.glob(".*.old"):
        target = sets / old.name[1 : -len(".old")]
        if not target.exists():
            old.rename(target)
    for aside in sets.glob(".*.aside"):
        aside.rename(aside.with_suffix(".old"))
    for left in sets.glob(".*.new"):
        shutil.rmtree(left, ignore_errors=True)


def _data_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix != ".toml")


def _begun(sets: Path, name: str) -> Path:
    """An empty folder for the files of the next version."""
    made = sets / f".{name}.new"
    made.mkdir(parents=True)
    return made


def _put(made: Path, toml: str, sets: Path, store: Path, name: str) -> None:
    """Load the files in `made` as a TOML says, and put them in the place of those of the version before, which is kept;
    an error leaves all as it was."""
    (made / f"{name}.toml").write_text(toml, "utf-8")
    ingest(declared(made / f"{name}.toml"), made, store)
    old, target = old_of(sets, name), sets / name
    shutil.rmtree(old, ignore_errors=True)
    if target.is_dir():
        target.rename(old)
    made.rename(target)


def _check_alike(upload: Upload, added: Sequence[Path], toml: Path, kept: Sequence[Path]) -> None:
    """DataError where a file is in the data set already, or where the TOML of the data set reads the files otherwise
    than they were read when they were looked at: with another decimal sign, or days and months exchanged."""
    for path in added:
        same = next((old.name for old in kept if filecmp.cmp(path, old, shallow=False)), "")
        if same:
            raise DataError(N_("this file is in the data set already, as {name}.", name=same), where=path.name)
    before = upload.state
    files = _by_place(before.toml, [path.name for path in added], toml.read_text("utf-8"))
    try:
        now = contents(upload, declaration(upload, _with_files(toml, files)))
    except StoresightError as fault:
        raise DataError(
            N_("the data set reads files of another kind ({reason})", reason=fault.message.rstrip(".")),
            where=", ".join(path.name for path in added[:3]),
            hint=N_("Load them as a new data set."),
        ) from fault
    different = [f"{n}: {before.found.get(n)} / {now[n]}" for n in ALIKE if before.found.get(n) != now[n]]
    if different:
        raise DataError(
            N_("the data set reads these files differently than they were read here"),
            where=toml.name,
            examples=different,
            hint=N_("Export them like its other files, or load them as a new data set."),
        )


def _with_more(toml: Path, read_by: str, kept: Sequence[Path], added: Mapping[Path, str]) -> str:
    """The TOML of a data set with further files, whose new names are given, and which were read by another TOML."""
    text = toml.read_text("utf-8")
    files = _by_place(text, [path.name for path in kept])
    more = _by_place(read_by, [path.name for path in added], text)
    names = {path.name: name for path, name in added.items()}
    return _with_files(toml, {place: [*files[place], *(names[n] for n in more[place])] for place in files})


def _with_files(toml: Path, files: Mapping[str, Sequence[str]]) -> str:
    """The TOML of a data set that reads these files, by the place where the TOML names files of their kind. DataError
    where files of a kind are missing."""
    text = toml.read_text("utf-8")
    for place in TomlText(text).places("files"):
        names = [quoted(f"./{name}") for name in files.get(place, ())]
        if not names:
            raise DataError(
                N_("the data set needs files of several kinds, and one kind is missing here."),
                where=f"{toml.name}: {place}",
                hint=N_("Add files of each kind together, or load all files again."),
            )
        text = with_value(text, place, listed(names))
    return text


def _by_place(toml: str, names: Sequence[str], like: str = "") -> dict[str, list[str]]:
    """The files that a TOML reads at each place where it names files. The places are those of `like`, where that other
    TOML is given: places of its that read the same files get all that one of them gets here."""
    found = {place: _matching(names, _patterns(toml, place)) for place in _places(toml)}
    if not like:
        return found
    there = {place: _patterns(like, place) for place in _places(like)}
    if len(set(there.values())) == 1:
        return {place: [n for n in names if any(n in files for files in found.values())] for place in there}
    return {
        place: [n for n in names if any(n in found.get(p, ()) for p in there if there[p] == patterns)]
        for place, patterns in there.items()
    }


def _places(toml: str) -> list[str]:
    """Where a TOML names files. DataError where two places cannot be told apart."""
    places = TomlText(toml).places("files")
    if not places or len(set(places)) < len(places):
        raise DataError(
            N_("files can be added only to a data set whose TOML names its files in one line and has one [source]."),
            hint=N_("Load all files together instead."),
        )
    return places


def _patterns(toml: str, place: str) -> tuple[str, ...]:
    given = tomllib.loads(f"files = {TomlText(toml).value(place)}")["files"]
    return tuple(Path(name).name for name in ([given] if isinstance(given, str) else given))


def _matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]

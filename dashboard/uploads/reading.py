"""Reads uploaded files in a process of its own, with bounded memory and time, because they may be anything:

    python -m dashboard.uploads.reading guess FOLDER            how are the files read, and what is in them?
    python -m dashboard.uploads.reading load FOLDER SETS STORE NAME MODE

What came of it is the upload's state (folder.py); a process that is killed leaves a state that says so.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import resource
import shutil
import sys
import tomllib
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from fnmatch import fnmatchcase
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
from dashboard.uploads.folder import State, Upload, safe_name

MOST_MEMORY = 3 * 2**30  # bytes of data; half of what the machine has, where that is less
CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
MOST_SECONDS = 900  # of processor time
SAMPLE = 20  # lines
ALIKE = ("revenue", "orders", "lines", "first", "last")  # what is the same however an added file is declared
MOST_COLUMNS = 30
TRIAL = "trial"  # the name under which an upload is read before anybody loads it
MODES = ("new", "replace", "append")


def limit(folder: Path) -> None:
    """Bound this process, for good, and let those that answer viewers go first. A limit that is set already and lower
    stays."""
    bounds = (
        (resource.RLIMIT_DATA, most_memory(), 0),
        (resource.RLIMIT_CPU, MOST_SECONDS, 5),
        (resource.RLIMIT_FSIZE, shutil.disk_usage(folder).free // 2, 0),
        (resource.RLIMIT_CORE, 0, 0),
    )
    for kind, most, grace in bounds:
        _, hard = resource.getrlimit(kind)
        hard = most + grace if hard == resource.RLIM_INFINITY else min(hard, most + grace)
        resource.setrlimit(kind, (min(most, hard), hard))
    os.nice(10)
    with suppress(OSError):  # not everywhere: the kernel ends this process first when memory runs out
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")


def most_memory(groups: Sequence[Path] = CGROUPS) -> int:
    """Bytes of data that this process may have: half of what the machine or the container has."""
    sizes = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in groups:
        with suppress(OSError, ValueError):  # absent, or "max"
            sizes.append(int(path.read_text("ascii")))
    return min(MOST_MEMORY, min(sizes) // 2)


def read(upload: Upload, toml: str = "") -> None:
    """Find out how the files are read, or take `toml` for that, and read them into a store of their own."""
    text = toml or _beside(guess(upload.paths, upload.folder))
    upload.say(State("reading", toml=text))
    (upload.folder / f"{TRIAL}.toml").write_text(text, "utf-8")
    spec = declared(upload.folder / f"{TRIAL}.toml")
    store = upload.folder / "trial"
    quality = ingest(spec, upload.folder, store).quality
    used = _used(spec, upload.paths)
    unused = [path.name for path in upload.paths if path not in used]
    upload.say(State("read", toml=text, found={**_found(store, quality), "unused": unused}))


def load(upload: Upload, sets: Path, store: Path, name: str, mode: str) -> None:
    """Make the files a data set, or a part of one: its files are replaced, or these are added to them."""
    before = upload.state
    target, made = sets / name, sets / f".{name}.new"
    settle(sets)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    kept = [p for p in target.iterdir() if p.suffix != ".toml"] if mode == "append" and target.is_dir() else []
    text = before.toml
    (upload.folder / f"{TRIAL}.toml").write_text(text, "utf-8")
    added = _used(declared(upload.folder / f"{TRIAL}.toml"), upload.paths)
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
    shutil.rmtree(upload.folder / "trial", ignore_errors=True)


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
    trial = upload.folder / f"{TRIAL}.toml"
    trial.write_text(_with_files(toml, [p.name for p in added]), "utf-8")
    store = upload.folder / "trial"
    now = _found(store, ingest(declared(trial), upload.folder, store).quality)
    before = upload.state.found
    different = [f"{n} {before.get(n)}, now {now[n]}" for n in ALIKE if before.get(n) != now[n]]
    if different:
        raise DataError(
            "the data set reads these files otherwise than they were read here",
            where=toml.name,
            examples=different,
            hint="Export them as its other files were, or load them as a data set of their own.",
        )


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


def _used(spec: Spec, paths: Sequence[Path]) -> list[Path]:
    """The files that a data set reads; it may read only some of those that were added."""
    patterns = [Path(name).name for source in _sources(spec) for name in source.files]
    return [path for path in paths if any(fnmatchcase(path.name, pattern) for pattern in patterns)]


def _sources(part: Any) -> list[Source]:
    """All sources that are somewhere within a spec."""
    if isinstance(part, Source):
        return [part]
    if isinstance(part, tuple | list):
        return [source for each in part for source in _sources(each)]
    if is_dataclass(part) and not isinstance(part, type):
        return [source for f in fields(part) for source in _sources(getattr(part, f.name))]
    return []


def _beside(toml: str) -> str:
    """The TOML of a guess with its files named as those beside it."""
    return re.sub(r"^files = .*$", _named_beside, toml, flags=re.MULTILINE)


def _named_beside(line: re.Match[str]) -> str:
    given = tomllib.loads(line[0])["files"]
    names = [f"./{name}" for name in ([given] if isinstance(given, str) else given)]
    return f"files = {json.dumps(names if len(names) > 1 else names[0], ensure_ascii=False)}"


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
    action, folder, *rest = arguments
    upload = Upload(Path(folder))
    limit(upload.folder)
    before = upload.state
    try:
        if action == "load":
            sets, store, name, mode = rest
            load(upload, Path(sets), Path(store), name, mode)
        else:
            read(upload, before.toml)
    except Exception as fault:  # a defect that one file meets must be told as such
        if not isinstance(fault, StoresightError):
            traceback.print_exc()
        upload.say(State("failed", explained(fault), upload.state.toml, before.found))
        return 1
    return 0


def explained(fault: Exception) -> str:
    """What went wrong, for whoever added the files."""
    if isinstance(fault, StoresightError):
        return str(fault)
    if isinstance(fault, MemoryError) or "can't start new thread" in str(fault):  # a thread needs memory too
        return "The files need more memory than one upload may use here. Load them in parts, or on a larger machine."
    if isinstance(fault, OSError):
        return f"The disk cannot be read or written: {fault.strerror}."
    return f"An unexpected {type(fault).__name__}; the log has its traceback."


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # at once: the next upload waits for it

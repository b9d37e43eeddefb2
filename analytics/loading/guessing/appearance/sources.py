"""The `[source]` of files that are written alike: a pattern of their names, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from glob import escape
from pathlib import Path

from analytics.loading.guessing.appearance.files import Appearance
from analytics.loading.guessing.appearance.header import is_value
from analytics.loading.spec import Source


def source_of(group: Sequence[Appearance], root: Path | None) -> Source:
    """One source for a group of files."""
    first = group[0].source
    paths = [a.path for a in group]
    names = _pattern(paths, root) if len(paths) > 1 else (escape(_relative(paths[0], root)),)
    encodings = {a.source.encoding for a in group}
    encoding = first.encoding
    if len(encodings) > 1:
        encoding = "cp1252" if "cp1252" in encodings else "latin-1"
    nameless = group[0].header is None and first.kind == "csv"
    return Source(
        first.kind,
        names,
        encoding,
        first.separator,
        columns=group[0].names if nameless else (),
        header=_header_names(group[0]) if any(a.header for a in group) else (),
        sheets=first.sheets,
        escape=first.escape,
    )


def _header_names(found: Appearance) -> tuple[str, ...]:
    """Two names by which the header is found: unlikely to stand together anywhere else."""
    cells = found.rows[found.header or 0]
    once = [c.strip() for c in dict.fromkeys(cells) if c.strip() and not is_value(c)]
    return (once[0], once[-1]) if len(once) > 1 else tuple(once)


def _relative(path: Path, root: Path | None) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix() if root else path.name


def _pattern(paths: list[Path], root: Path | None) -> tuple[str, ...]:
    """One pattern that matches exactly these files where their names allow it, else one for each."""
    names = [_relative(p, root) for p in paths]
    start = _common(names)
    end = _common([n[len(start) :][::-1] for n in names])[::-1]
    pattern = f"{escape(start)}*{escape(end)}"
    base = root or paths[0].parent
    if set(base.glob(pattern)) == {base / n for n in names}:
        return (pattern,)
    return tuple(escape(n) for n in names)


def _common(names: list[str]) -> str:
    """The beginning that all names share."""
    first, last = min(names), max(names)
    same = (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(same, min(len(first), len(last)))]

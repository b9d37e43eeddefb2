"""Parts of a TOML as text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from analytics.loading.guessing.appearance import TAB
from analytics.loading.spec import Source


def quoted(text: str) -> str:
    """A text as a value of a TOML."""
    return json.dumps(text, ensure_ascii=False)


def source_lines(source: Source) -> str:
    """The keys of a source as TOML, without those that have their default."""
    names = [quoted(name) for name in source.files]
    lines = f"files = {listed(names)}\n"
    plain = Source(source.kind, source.files)
    for key in ("encoding", "separator", "decimal", "thousands", "escape"):
        value = getattr(source, key)
        if value != getattr(plain, key):
            lines += f"{key} = {quoted('tab' if value == TAB else value)}\n"
    for key, texts in (("header", source.header), ("sheet", source.sheets)):
        if texts:
            lines += f"{key} = {listed([quoted(t) for t in texts])}\n"
    if source.encoding not in ("utf-8", "utf-16", "cp1252"):
        lines += "# The encoding is what makes words of the bytes: look at the names.\n"
    if source.columns:
        lines += f"columns = [{', '.join(map(quoted, source.columns))}]  # no header: give them better names\n"
    return lines


def listed(values: Sequence[str]) -> str:
    """Values of a TOML as one value: the only one, or a list."""
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"

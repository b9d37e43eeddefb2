"""Small JSON files that one process writes and others read."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write or replace a file in one step: readers see the text before or the text after, never a part of one. Several
    threads and processes may write it at once; OSError where it cannot be written."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_text(json.dumps(value), "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

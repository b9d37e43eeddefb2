"""Small files that one process writes and others read."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any) -> None:
    """Write or replace a file in one step, as `write_text` does."""
    write_text(path, json.dumps(value))


def write_text(path: Path, text: str) -> None:
    """Write or replace a file in one step: readers see the text before or the text after, never a part of one. Several
    threads and processes may write it at once; OSError where it cannot be written. Who may read it stays as it was."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.touch()
        with suppress(FileNotFoundError):  # a new file has the permissions of new files
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.write_text(text, "utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

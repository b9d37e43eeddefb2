"""Files that appear only when they are complete, whoever else writes them at the same time."""

from __future__ import annotations

import secrets
from pathlib import Path


def write_whole(target: Path, content: bytes) -> None:
    """Write a file and make its folder where there is none. Until it is complete it has a name that no other writer
    has: processes of two containers may have one number. Who may read it follows the process's umask. OSError where
    the folder cannot be written; then nothing is left behind."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with unfinished.open("xb") as file:
            file.write(content)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)

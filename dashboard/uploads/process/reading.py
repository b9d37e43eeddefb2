"""Reads uploaded files in a process of its own, with bounded memory and time, because they may be anything:

    python -m dashboard.uploads.process.reading LANGUAGE TASK FOLDER …

    read FOLDER                         how are the files read, and what is in them?
    fetch FOLDER HOSTS BYTES TABLES     the same, after fetching a file or a database's tables from the address that is
                                        its input
    choose FOLDER CHOICE…               the same with other columns (mapping.Choice)
    fix FOLDER FIX FIELD                the same with a change (fixes.py)
    load FOLDER SETS STORE NAME MODE TITLE
    undo FOLDER SETS STORE NAME
    change FOLDER SETS STORE NAME FIX FIELD

LANGUAGE is that of whoever reads what came of it. That is the upload's state (folder.py); a process that is killed
leaves a state that says so.
"""

from __future__ import annotations

import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analytics.errors import StoresightError, capital, sentence, unexpected
from analytics.language import N_, _, in_language
from analytics.runtime import locks
from analytics.schema import FIELDS
from dashboard.uploads.folder import State, Upload
from dashboard.uploads.mapping import Choice
from dashboard.uploads.process.limits import limit
from dashboard.uploads.remote import databases
from dashboard.uploads.remote.addresses import checked, fetch, file_name
from dashboard.uploads.sets import change, load, undo
from dashboard.uploads.trial import TRIAL, read


def main(arguments: list[str]) -> int:
    """Do one of the tasks; 1 where it failed, which the state tells too."""
    reader, action, folder, *rest = arguments
    upload = Upload(Path(folder))
    limit(upload.folder)
    with in_language(reader):
        try:
            _do(upload, action, *rest)
        except Exception as fault:  # a defect that one file meets must be told as such
            if not isinstance(fault, StoresightError):
                traceback.print_exc()
            state, told = upload.state, explained(fault)
            upload.say(replace(state, stage="failed", message=told, found={**state.found, **offered(fault)}))
            return 1
    return 0


def _do(upload: Upload, *task: str) -> None:
    match task:
        case ["read"]:
            read(upload, upload.state.toml)
        case ["fetch", hosts, most, tables]:
            _fetch(upload, sys.stdin.read(), hosts.split(","), int(most), databases.names_of(tables))
            with (upload.folder.parent.parent / locks.CHANGING).open("a") as lock:  # fetching has held up nobody
                locks.take(lock, wait=True)
                upload.say(State("reading"))
                read(upload)
        case ["choose", *chosen]:
            read(upload, upload.state.toml, Choice(*map(json.loads, chosen)))
        case ["fix", fix, field]:
            read(upload, upload.state.toml, fix=(fix, field))
        case ["load", sets, store, name, mode, title]:
            load(upload, Path(sets), Path(store), name, mode, title)
        case ["undo", sets, store, name]:
            undo(upload, Path(sets), Path(store), name)
        case ["change", sets, store, name, fix, field]:
            change(upload, Path(sets), Path(store), name, fix, field)
        case _:
            sys.exit(__doc__)


def _fetch(upload: Upload, address: str, hosts: Sequence[str], most: int, tables: Sequence[str]) -> None:
    if databases.is_database(address):
        paths = databases.copied(address, hosts, tables, upload.folder, most)
    else:
        paths = [upload.folder / file_name(checked(address, hosts))]
        fetch(
            address, hosts, paths[0], most, told=lambda size: upload.say(State("fetching", f"{size / 2**20:,.0f} MB"))
        )
    upload.arrived(paths)


_DROP, _RATE = r"cleaning\.invalid_rows", r"\[rates\] (?P<code>[A-Z]{3}) = 1\.0, in (?P<home>[A-Z]{3})"
_HINTS = (  # what a hint says of the TOML, and what to do in the browser instead
    (_DROP, N_("Correct the file, or leave these rows out.")),
    (_RATE, N_("Enter what one unit of it is worth, or choose the other currency.")),
    (r"Say which: format = ", N_("Choose below which date is right.")),
    (r"\[tables\.", N_("It has no orders. An administrator can add it to a data set as an extra table.")),
)


def offered(fault: Exception) -> dict[str, Any]:
    """What the page offers about a fault: `ways`, changes (fixes.py) with the texts of their buttons; and `rate`, the
    currency whose rate is missing and that of the data set."""
    hint = fault.advice if isinstance(fault, StoresightError) else ""
    rate = re.search(_RATE, hint)
    ways = [("drop_invalid", _("Leave these rows out"))] if re.search(_DROP, hint) else []
    return {"ways": ways, "rate": [rate["code"], rate["home"]] if rate else []}


def explained(fault: Exception) -> str:
    """What went wrong, for whoever added the files."""
    if isinstance(fault, StoresightError):
        hint = next((there for here, there in _HINTS if re.search(here, fault.advice)), fault.advice)
        place = re.sub(rf"^{TRIAL}\.toml(: |$)", "", fault.where)
        field = place.removeprefix("fields.")
        if place.startswith("fields.") and field in FIELDS:
            place = FIELDS[field].label
        place = "" if place in ("rates", "source") else place
        told = str(sentence(fault.text, place, hint))
        return told if place else capital(told)
    if isinstance(fault, MemoryError) or "can't start new thread" in str(fault):  # a thread needs memory too
        return _("The files need more memory than one upload may use here. Load them in parts.")
    if isinstance(fault, OSError):
        return _("The disk cannot be read or written: {reason}.", reason=str(fault.strerror))
    return capital(f"{unexpected(fault)}.")


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # at once: the next upload waits for it

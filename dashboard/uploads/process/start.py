"""Processes of their own that read uploaded files: at most one at a time, and a few that fetch."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from analytics.errors import Busy
from analytics.language import N_, _, language
from analytics.runtime import locks
from dashboard.uploads.folder import UNDER_WAY, WORKING, State, Upload

ATTEMPTS = 20  # a tenth of a second apart
MOST_FETCHED = 4  # uploads whose files are fetched at a time
ROOT = Path(__file__).resolve().parents[3]


def start_reading(root: Path, upload: Upload, state: State, *task: str) -> None:
    """Have an upload read, one at a time, in a process of its own. Busy where another one is being read."""
    with (root / locks.CHANGING).open("a") as lock:  # the child has it too: it is free when the child has ended
        for _ in range(ATTEMPTS):  # the child before may have said its last word, and be about to end
            if locks.take(lock):
                break
            time.sleep(0.1)
        else:
            raise Busy(N_("other files are being read."), hint=N_("Try again in a minute."))
        upload.say(state)
        start_process(upload, lock, *task)


@contextmanager
def free_place(root: Path) -> Iterator[IO[str]]:
    """The lock of one of the places for files that are being fetched. Busy where none is free."""
    for number in range(MOST_FETCHED):
        with (root / f".fetching-{number}").open("a") as place:
            if locks.take(place):
                yield place
                return
    raise Busy(N_("other files are being fetched."), hint=N_("Try again in a minute."))


def start_process(upload: Upload, held: IO[str], action: str, *rest: str, told: str = "") -> None:
    """Start the process of a task, which has the lock `held` until it ends. `told`: what it reads from its input, for
    what nobody else should see."""
    command = [
        sys.executable,
        "-m",
        "dashboard.uploads.process.reading",
        language(),
        action,
        str(upload.folder.resolve()),
        *rest,
    ]
    with (upload.folder / WORKING).open("a") as working:
        locks.take(working)
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(),
            pass_fds=[held.fileno(), working.fileno()],
            stdin=subprocess.PIPE if told else subprocess.DEVNULL,
        )
    if child.stdin is not None:
        with suppress(BrokenPipeError), child.stdin:  # it may have ended
            child.stdin.write(told.encode())


def _environment() -> dict[str, str]:
    """What the process that reads strangers' files may know: none of the settings, of which some are secrets."""
    secret = ("DATABASE_URL", "REDIS_URL")
    return {
        name: text for name, text in os.environ.items() if not name.startswith("STORESIGHT_") and name not in secret
    }


def progress(upload: Upload) -> dict[str, Any]:
    """The state for the page; a process that was killed has left a state that is not true any more."""
    state = upload.state
    if state.stage in UNDER_WAY and not _working(upload):
        state = upload.state  # it may have ended in between
        if state.stage in UNDER_WAY:
            state = State("failed", _("Reading took too much time or memory and was stopped."), state.toml, state.found)
            upload.say(state)
    return asdict(state)


def _working(upload: Upload) -> bool:
    """Whether a process is working on an upload."""
    with (upload.folder / WORKING).open("a") as lock:
        return not locks.take(lock)

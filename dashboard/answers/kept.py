"""The cache of one run: what a command computes once, and nobody needs after it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection


class Kept:
    """The answers of one run: a chart on two pages is computed once."""

    def __init__(self) -> None:
        self._answers: dict[str, bytes] = {}

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        """As the cache of the application."""
        hit = key in self._answers
        if not hit:
            self._answers[key] = compute()
        return self._answers[key], hit

    def keeps(self, key: str) -> bool:
        """As the cache of the application."""
        return key in self._answers

    def fill_with_a_copy(self, work: Callable[[], object]) -> None:
        """Have a copy of this process do some work of the run on another core, and take over each answer that it
        computes there. Nobody waits for it: what is asked for earlier is computed here, and the copy ends with this
        process. Nothing happens where there is one core, or where a process with threads would be copied."""
        if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
            return
        copies = multiprocessing.get_context("fork")
        receiving, sending = copies.Pipe(duplex=False)
        copy = copies.Process(target=self._send, args=(sending, work), daemon=True)
        copy.start()
        sending.close()
        threading.Thread(target=self._receive, args=(receiving,), daemon=True).start()

    def _send(self, sending: Connection, work: Callable[[], object]) -> None:
        self._answers = _Sent(sending)
        work()

    def _receive(self, receiving: Connection) -> None:
        while True:
            try:
                key, answer = receiving.recv_bytes().decode(), receiving.recv_bytes()
            except (EOFError, OSError):  # the copy has ended
                return
            self._answers.setdefault(key, answer)


class _Sent(dict[str, bytes]):
    """Answers that go to the process of which this one is a copy, too."""

    def __init__(self, sending: Connection) -> None:
        super().__init__()
        self._sending = sending

    def __setitem__(self, key: str, answer: bytes) -> None:
        super().__setitem__(key, answer)
        self._sending.send_bytes(key.encode())
        self._sending.send_bytes(answer)

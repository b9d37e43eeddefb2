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
        self._coming: set[str] = set()  # keys whose answers a copy of this process computes
        self._arrived = threading.Condition()
        self._tell: Callable[[str, bytes | None], None] = lambda key, answer: None

    def get_or_compute(self, key: str, compute: Callable[[], bytes]) -> tuple[bytes, bool]:
        """As the cache of the application."""
        with self._arrived:
            self._arrived.wait_for(lambda: key not in self._coming)
            hit = key in self._answers
        if not hit:
            self._tell(key, None)
            try:
                self._answers[key] = compute()
            finally:
                self._tell(key, self._answers.get(key, b""))
        return self._answers[key], hit

    def keeps(self, key: str) -> bool:
        """As the cache of the application."""
        return key in self._answers

    def fill_with_a_copy(self, work: Callable[[], object]) -> bool:
        """Have a copy of this process do some work of the run on another core, and take over each answer that it
        computes there; whoever asks for one that it has begun waits for it. The copy ends with this process. There is
        none (False) where there is one core, or where a process with threads would be copied."""
        if sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:
            return False
        copies = multiprocessing.get_context("fork")
        receiving, sending = copies.Pipe(duplex=False)
        copy = copies.Process(target=self._send, args=(sending, work), daemon=True)
        copy.start()
        sending.close()
        threading.Thread(target=self._receive, args=(receiving,), daemon=True).start()
        return True

    def _send(self, sending: Connection, work: Callable[[], object]) -> None:
        """In the copy: tell of each answer when it is begun (None) and when it is there, or has failed (b"")."""
        self._tell = lambda key, answer: sending.send((key, answer))
        work()

    def _receive(self, receiving: Connection) -> None:
        ended = False
        while not ended:
            try:
                key, answer = receiving.recv()
            except (EOFError, OSError):
                ended = True
            with self._arrived:
                if ended:
                    self._coming.clear()
                elif answer is None:
                    self._coming.add(key)
                else:
                    self._coming.discard(key)
                    if answer:
                        self._answers.setdefault(key, answer)
                self._arrived.notify_all()

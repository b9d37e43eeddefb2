"""The cache of one run: what a command computes once, and nobody needs after it."""

from __future__ import annotations

from collections.abc import Callable


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

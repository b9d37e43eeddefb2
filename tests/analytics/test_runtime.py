"""What one process shares between its threads: parallel work, caches, work that is done once."""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from analytics.runtime.later import Later
from analytics.runtime.lru import LastOf, LruCache
from analytics.runtime.parallel import parallel_map, prefetch
from analytics.runtime.rates import Rate
from analytics.runtime.single_flight import SingleFlight, StillRunning, _follow
from tests.processes import PATIENCE, wait_until


def test_parallel_results_come_in_order() -> None:
    assert list(parallel_map(lambda n: n * n, range(20))) == [n * n for n in range(20)]


def test_prefetched_items_come_in_order_and_so_does_an_error() -> None:
    assert list(prefetch(iter([None, 1, 2]))) == [None, 1, 2]
    assert list(prefetch(iter([]))) == []

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    coming = prefetch(broken())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="the second"):
        next(coming)


def test_the_cache_drops_what_was_used_longest_ago() -> None:
    cache: LruCache[str] = LruCache(2)
    assert cache.get("a") is None
    for key in "ab":
        cache.put(key, key.upper())
    assert cache.get("a") == "A"
    cache.put("c", "C")
    assert [cache.get(k) for k in "abc"] == ["A", None, "C"]
    assert cache.get_or_make("a", lambda: "other") == "A"
    assert cache.get_or_make("b", lambda: "again") == "again"


def test_the_cache_is_bounded_in_bytes_but_keeps_the_last_value() -> None:
    cache: LruCache[bytes] = LruCache(most_bytes=10, size=len)
    cache.put("a", b"12345")
    cache.put("b", b"1234")
    cache.put("b", b"12345")
    assert (cache.nbytes, cache.get("a")) == (10, b"12345")
    cache.put("c", b"1")
    assert (cache.nbytes, cache.get("b")) == (6, None)
    cache.put("d", b"x" * 99)
    assert (cache.nbytes, cache.get("d")) == (99, b"x" * 99)


class Owner:
    """Stands for an engine."""


def test_the_last_value_of_few_owners_is_remembered_and_goes_with_its_owner() -> None:
    remembered: LastOf[str] = LastOf(2)
    one, two, three = Owner(), Owner(), Owner()
    assert [remembered.get_or_make(o, "key", lambda: "made") for o in (one, two)] == ["made", "made"]
    assert remembered.get_or_make(one, "key", lambda: "again") == "made"
    assert remembered.get_or_make(one, "other", lambda: "again") == "again", "of another selection"
    assert remembered.get_or_make(three, "key", lambda: "third") == "third"
    assert remembered.get_or_make(two, "key", lambda: "again") == "again", "three owners are one too many"
    gone = weakref.ref(three)
    del three
    assert gone() is None


def test_the_last_values_of_an_owner_are_remembered_where_several_are_asked_for_in_turn() -> None:
    remembered: LastOf[str] = LastOf(1, each=2)
    owner, made = Owner(), list[str]()

    def ask(key: str) -> str:
        return remembered.get_or_make(owner, key, lambda: made.append(key) or f"of {key}")

    assert [ask(key) for key in ("start", "end", "start", "end")] == ["of start", "of end"] * 2
    assert made == ["start", "end"], "each once"
    ask("start")
    ask("today")  # in place of the one asked for longest ago
    assert [ask("start"), ask("today"), made] == ["of start", "of today", ["start", "end", "today"]]
    ask("end")
    assert made[3:] == ["end"]


class Gate:
    """Work that begins, says so, and ends when it is let go."""

    def __init__(self) -> None:
        self.runs, self.go = 0, threading.Event()

    def __call__(self) -> int:
        self.runs += 1
        assert self.go.wait(PATIENCE)
        return self.runs


def _waiting() -> int:
    """How many threads wait for work that another thread does."""
    return sum(frame.f_code is _follow.__code__ for frame in sys._current_frames().values())


@pytest.mark.parametrize("callers", [1, 8])
def test_what_many_want_at_once_is_done_once(callers: int) -> None:
    flights: SingleFlight[int] = SingleFlight()
    gate = Gate()
    with ThreadPoolExecutor(callers) as threads:
        coming = [threads.submit(flights.do, "key", gate) for _ in range(callers)]
        wait_until(lambda: gate.runs == 1 and _waiting() == callers - 1, "the others to wait")
        gate.go.set()
        found = [one.result() for one in coming]
    assert sorted(found) == [(1, False)] * (callers - 1) + [(1, True)]
    assert flights.do("key", gate) == (2, True), "nothing is kept"


def test_an_error_goes_to_all_who_wait_and_is_forgotten() -> None:
    cache: LruCache[int] = LruCache(4)
    gate = Gate()

    def fails() -> int:
        gate()
        raise ValueError("no")

    with ThreadPoolExecutor(3) as threads:
        coming = [threads.submit(cache.get_or_make, "key", fails) for _ in range(3)]
        wait_until(lambda: gate.runs == 1 and _waiting() == 2, "the others to wait")
        gate.go.set()
        for one in coming:
            with pytest.raises(ValueError, match="no"):
                one.result()
    assert gate.runs == 1
    assert cache.get_or_make("key", lambda: 7) == 7


def test_patience_ends() -> None:
    flights: SingleFlight[int] = SingleFlight()
    gate = Gate()
    with ThreadPoolExecutor(1) as threads:
        coming = threads.submit(flights.do, "key", gate)
        wait_until(lambda: gate.runs == 1, "the work to begin")
        with pytest.raises(StillRunning):
            flights.do("key", gate, patience=0.01)
        gate.go.set()
        assert coming.result() == (1, True)


def test_work_that_times_out_is_not_impatience() -> None:
    flights: SingleFlight[int] = SingleFlight()
    gate = Gate()

    def fails() -> int:
        gate()
        raise TimeoutError("the database")

    with ThreadPoolExecutor(2) as threads:
        coming = [threads.submit(flights.do, "key", fails, 60) for _ in range(2)]
        wait_until(lambda: gate.runs == 1 and _waiting() == 1, "the other to wait")
        gate.go.set()
        for one in coming:
            with pytest.raises(TimeoutError, match="the database"):
                one.result()


def test_a_rate_counts_each_of_those_who_come_and_starts_again_when_its_time_is_over() -> None:
    now = [100.0]
    rate = Rate(10, clock=lambda: now[0])
    assert [rate.wait("ann", 2) for _ in range(3)] == [0, 0, 11]
    now[0] = 109.5
    assert rate.wait("ann", 2) == 1
    assert rate.wait("bob", 2) == 0
    now[0] = 110.0
    assert [rate.wait("ann", 2) for _ in range(3)] == [0, 0, 11]


def test_what_is_asked_for_twice_is_made_later(caplog: pytest.LogCaptureFixture) -> None:
    later: Later[int] = Later(LruCache(2), delay=PATIENCE)
    calls: list[str] = []

    def made() -> int:
        calls.append("made")
        return 1

    def broken() -> int:
        calls.append("broken")
        raise ValueError("of no use")

    assert later.get("a", made) is None
    later.finish()
    assert later.get("b", broken) is None
    assert calls == []
    assert [later.get("a", made) for _ in range(3)] == [None] * 3
    assert later.get("b", broken) is None
    later.finish()
    assert (later.get("a", made), later.get("b", broken)) == (1, None)
    later.finish()
    assert calls == ["made", "broken"]
    assert "of no use" in caplog.text


def test_values_that_drop_each_other_are_made_more_and_more_rarely() -> None:
    later: Later[str] = Later(LruCache(1))
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key

    for _ in range(100):
        for key in ("a", "b"):
            later.get(key, lambda key=key: make(key))  # type: ignore[misc]
            later.finish()
    assert made == ["a", "b", "a", "b", "a"]


def test_what_was_cleared_is_made_as_if_it_had_never_been_asked_for() -> None:
    later: Later[int] = Later(LruCache(2))
    for _ in range(4):
        assert later.get("a", lambda: 1) is None
        assert later.get("a", lambda: 1) is None
        later.finish()
        assert later.get("a", lambda: 1) == 1
        later.clear()


ENDING = """
import threading
from analytics.runtime.later import Later
from analytics.runtime.lru import LruCache
from analytics.runtime.parallel import parallel_map

later, begun = Later(LruCache(2), delay=0.0), threading.Event()


def until_the_end():
    begun.set()
    while True:
        list(parallel_map(int, "12"))  # an error as soon as the process ends


for _ in range(2):
    later.get("under way", until_the_end)
    later.get("waiting", lambda: print("made"))
begun.wait()
"""


def test_what_is_still_to_be_made_when_a_process_ends_is_left_without_a_word() -> None:
    ended = subprocess.run([sys.executable, "-c", ENDING], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("", "")

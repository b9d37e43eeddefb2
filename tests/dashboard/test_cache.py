"""The answer cache over both back ends: one computation, no pickles, and no harm from a Redis that is gone or hangs."""

from __future__ import annotations

import gc
import hashlib
import logging
import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from dashboard.answers import cache
from dashboard.answers import cache_backends as backends
from dashboard.answers.cache import LARGEST_BYTES, AnswerCache, Breaker
from dashboard.answers.cache_backends import Seal
from dashboard.settings import Settings
from tests.processes import PATIENCE, RedisServer, wait_until

BACKENDS = ("files", pytest.param("redis", marks=pytest.mark.redis))


def answers(settings: Settings) -> AnswerCache:
    return cache.install(Flask("cache"), settings)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of one back end, chosen by the test's parameter; Redis is empty and well."""
    if request.param == "files":
        return Settings(cache_dir=tmp_path)
    server: RedisServer = request.getfixturevalue("redis_server")
    server.start()
    server.resume()
    server.client.flushall()
    return Settings(redis_url=server.url, cache_dir=tmp_path)


@pytest.fixture
def redis_now(redis_server: RedisServer) -> Iterator[RedisServer]:
    """Redis that a test may break: well and empty before and after."""
    redis_server.client.flushall()
    yield redis_server
    redis_server.resume()
    redis_server.start()
    redis_server.client.flushall()


both = pytest.mark.parametrize("settings", BACKENDS, indirect=True)


def never() -> bytes:
    raise AssertionError("computed again")


@both
def test_a_value_is_computed_once_and_shared_by_a_second_process_worth_of_cache(settings: Settings) -> None:
    first, second = answers(settings), answers(settings)
    assert first.get_or_compute("k", lambda: b"\x00bytes\xff") == (b"\x00bytes\xff", False)
    assert first.get_or_compute("k", never) == (b"\x00bytes\xff", True)
    assert second.get_or_compute("k", never) == (b"\x00bytes\xff", True)
    assert first.stats() | {"recent_bytes": 0} == {
        "hits": 1,
        "recent_hits": 1,
        "shared_hits": 0,
        "waited": 0,
        "misses": 1,
        "computed": 1,
        "faults": 0,
        "refusals": 0,
        "recent_bytes": 0,
        "breaker": "closed",
    }
    assert second.stats()["shared_hits"] == 1
    third = answers(settings)
    assert [third.keeps("k"), third.keeps("another"), first.keeps("k")] == [True, False, True]
    assert third.stats()["hits"] == 0, "to ask is no use"


@both
@pytest.mark.parametrize(
    "value", [b"", b"!", b"\n" * 3, os.urandom(1 << 20)], ids=["empty", "mark", "lines", "megabyte"]
)
def test_any_bytes_come_back_as_they_went(settings: Settings, value: bytes) -> None:
    answers(settings).get_or_compute("k", lambda: value)
    assert answers(settings).get_or_compute("k", never) == (value, True)


@both
def test_long_keys_that_differ_at_the_end_are_different(settings: Settings) -> None:
    ours, long = answers(settings), "é" * 10_000
    ours.get_or_compute(long + "1", lambda: b"one")
    assert ours.get_or_compute(long + "2", lambda: b"two") == (b"two", False)
    assert answers(settings).get_or_compute(long + "1", never)[0] == b"one"
    assert ours.get_or_compute("\ud800", lambda: b"half a pair") == (b"half a pair", False)


@both
def test_an_error_reaches_everybody_who_waits_and_is_not_kept(settings: Settings) -> None:
    ours, calls, gate = answers(settings), [], threading.Event()

    def fails() -> bytes:
        calls.append(1)
        gate.wait(PATIENCE)
        raise ZeroDivisionError("no orders")

    def ask() -> str:
        with pytest.raises(ZeroDivisionError, match="no orders"):
            ours.get_or_compute("k", fails)
        return "told"

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask) for _ in range(8)]
        wait_until(lambda: len(calls) == 1, "the computation")
        time.sleep(0.1)  # let the others arrive
        gate.set()
        assert [w.result(PATIENCE) for w in waiting] == ["told"] * 8
    assert ours.get_or_compute("k", lambda: b"mended") == (b"mended", False)


@both
def test_what_is_no_bytes_is_refused(settings: Settings) -> None:
    with pytest.raises(TypeError, match="bytes, not str"):
        answers(settings).get_or_compute("k", lambda: "text")  # type: ignore[arg-type, return-value]


def _worker(settings: Settings, begin: Any, record: str, results: Any) -> None:
    ours = answers(settings)

    def slow() -> bytes:
        with Path(record).open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.4)
        return b"made once"

    begin.wait(PATIENCE)
    with ThreadPoolExecutor(8) as pool:
        results.put([w.result(PATIENCE) for w in [pool.submit(ours.get_or_compute, "k", slow) for _ in range(8)]])


@pytest.mark.long
@both
def test_sixteen_threads_in_two_processes_make_one_computation(settings: Settings, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    begin, results, record = context.Barrier(2), context.Queue(), tmp_path / "computed"
    workers = [context.Process(target=_worker, args=(settings, begin, str(record), results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    given = [answer for _ in range(2) for answer in results.get(timeout=PATIENCE)]
    for worker in workers:
        worker.join(PATIENCE)
    assert len(given) == 16
    assert {value for value, _ in given} == {b"made once"}
    assert sum(not hit for _, hit in given) == 1
    assert len(record.read_text().splitlines()) == 1


@both
def test_an_answer_that_is_too_large_is_computed_anew(settings: Settings) -> None:
    ours = answers(settings)
    for size, kept in ((LARGEST_BYTES, True), (LARGEST_BYTES + 1, False)):
        assert ours.get_or_compute(str(size), lambda n=size: b"x" * n) == (b"x" * size, False)
        assert ours.get_or_compute(str(size), lambda n=size: b"x" * n)[1] is kept
        assert answers(settings).get_or_compute(str(size), lambda n=size: b"x" * n)[1] is kept, "in another worker"


def test_a_forked_worker_starts_with_its_own_locks_and_counts(tmp_path: Path) -> None:
    ours = answers(Settings(cache_dir=tmp_path))
    ours.get_or_compute("k", lambda: b"before the fork")
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    with ours._lock:  # as if another thread of the master held it at the moment of the fork
        child = context.Process(target=lambda: results.put((ours.get_or_compute("k", never), ours.stats()["hits"])))
        child.start()
    assert results.get(timeout=PATIENCE) == ((b"before the fork", True), 1)
    child.join(PATIENCE)


class Bomb:
    """Unpickling it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.path),)


def garbage(tmp_path: Path) -> list[bytes]:
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    whole = Seal().close(hashlib.sha256(b"k").hexdigest(), b"an answer")
    return [b"", b"!", b"noise", b"42", b"!" + bomb, bomb, whole[:-1], whole[:6], whole[:-1] + b"X"]


def test_a_seal_is_for_one_secret_and_one_key() -> None:
    ours = Seal("correct horse battery staple")
    kept = ours.close("k", b"an answer")
    assert ours.open("k", kept) == Seal("correct horse battery staple").open("k", kept) == b"an answer"
    assert ours.open("k", ours.close("k", b"")) == b""
    assert ours.open("other", kept) is None, "the answer of another viewer, put under this one's key"
    for forger in (Seal(), Seal("guessed")):
        assert ours.open("k", forger.close("k", b"forged")) is None
    for wrong in (None, "text", 5, b"", kept[:-1], kept + b"x", b"SSA1" + kept[4:]):
        assert ours.open("k", wrong) is None


@pytest.mark.redis
def test_a_forged_answer_in_redis_is_not_believed(redis_now: RedisServer) -> None:
    for secret in ("", "correct horse battery staple"):
        settings = Settings(redis_url=redis_now.url, secret=secret)
        redis_now.client.flushall()
        answers(settings).get_or_compute("k", lambda: b"good")
        (name,) = redis_now.client.keys("*")
        hashed = hashlib.sha256(b"k").hexdigest()
        redis_now.client.set(name, Seal("guessed").close(hashed, b"forged"))
        assert answers(settings).get_or_compute("k", lambda: b"good") == (b"good", False)


@pytest.mark.redis
def test_garbage_in_redis_is_recomputed_and_no_pickle_is_loaded(
    redis_now: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    junk = garbage(tmp_path)  # before pickle is taken away
    monkeypatch.setattr(pickle, "loads", never)
    monkeypatch.setattr(pickle, "load", never)
    settings = Settings(redis_url=redis_now.url)
    answers(settings).get_or_compute("k", lambda: b"good")
    (name,) = redis_now.client.keys("*")
    assert name.startswith(backends.PREFIX.encode())
    for noise in junk:
        redis_now.client.set(name, noise)
        assert answers(settings).get_or_compute("k", lambda: b"anew") == (b"anew", False), noise
        assert answers(settings).get_or_compute("k", never) == (b"anew", True)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.redis
def test_a_key_of_another_kind_is_replaced_and_does_not_open_the_breaker(redis_now: RedisServer) -> None:
    settings = Settings(redis_url=redis_now.url)
    answers(settings).get_or_compute("k", lambda: b"good")
    (name,) = redis_now.client.keys("*")
    redis_now.client.delete(name)
    redis_now.client.rpush(name, b"a list")
    ours = answers(settings)
    assert ours.get_or_compute("k", lambda: b"anew") == (b"anew", False)
    assert ours.stats()["breaker"] == "closed"
    assert ours.stats()["refusals"] > 0
    assert answers(settings).get_or_compute("k", never) == (b"anew", True)


def test_garbage_in_files_is_recomputed_and_no_pickle_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    junk = garbage(tmp_path)
    monkeypatch.setattr(pickle, "loads", never)
    monkeypatch.setattr(pickle, "load", never)
    settings = Settings(cache_dir=tmp_path / "cache")
    answers(settings).get_or_compute("k", lambda: b"good")
    (file,) = (tmp_path / "cache" / "answers").iterdir()
    header = file.read_bytes()[:4]
    for noise in [*junk, None]:
        file.write_bytes(b"ab" if noise is None else header + noise)
        assert answers(settings).get_or_compute("k", lambda: b"anew") == (b"anew", False), noise
        assert answers(settings).get_or_compute("k", never) == (b"anew", True)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.redis
@pytest.mark.parametrize("fault", ["stop", "hang"])
def test_redis_that_breaks_in_the_middle_costs_one_log_line_and_no_answer(
    redis_now: RedisServer, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    ours = AnswerCache(_backend(redis_now), open_seconds=0.5)
    assert ours.get_or_compute("before", lambda: b"1") == (b"1", False)
    getattr(redis_now, fault)()
    with caplog.at_level(logging.WARNING, "dashboard.answers.cache"):
        for i in range(20):
            assert ours.get_or_compute(f"{fault}{i}", lambda: b"2") == (b"2", False)
        assert ours.get_or_compute("before", never) == (b"1", True)  # what this process remembers stays
        assert ours.stats()["breaker"] == "open"
        assert len(caplog.records) == 1
        assert "answers are computed" in caplog.text
        redis_now.resume()
        redis_now.start()

        def closed() -> bool:
            ours.get_or_compute(f"back{time.monotonic()}", lambda: b"3")
            return ours.stats()["breaker"] == "closed"

        wait_until(closed, "the return of the cache")
        assert [r.message for r in caplog.records][1:] == ["the cache answers again"]
    ours.get_or_compute("after", lambda: b"4")
    assert AnswerCache(_backend(redis_now)).get_or_compute("after", never) == (b"4", True)


@pytest.mark.redis
@pytest.mark.parametrize("fault", ["stop", "hang"])
def test_redis_that_breaks_during_a_computation_and_while_others_wait(redis_now: RedisServer, fault: str) -> None:
    holder, waiter = AnswerCache(_backend(redis_now)), AnswerCache(_backend(redis_now))
    computing, finish = threading.Event(), threading.Event()

    def slow() -> bytes:
        computing.set()
        finish.wait(PATIENCE)
        return b"slow"

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(holder.get_or_compute, "k", slow)
        assert computing.wait(PATIENCE)
        second = pool.submit(waiter.get_or_compute, "k", lambda: b"own")
        time.sleep(0.1)  # the waiter polls by now
        assert not second.done()
        getattr(redis_now, fault)()
        assert second.result(PATIENCE) == (b"own", False)  # does not wait for a lock that nobody can see
        finish.set()
        assert first.result(PATIENCE) == (b"slow", False)


@pytest.mark.redis
def test_a_holder_that_died_is_waited_for_no_longer_than_patience(redis_now: RedisServer) -> None:
    dead = _backend(redis_now)
    dead.try_lock(hashlib.sha256(b"k").hexdigest(), 60)  # and never gives it back
    ours = AnswerCache(_backend(redis_now), patience=0.3)
    assert ours.get_or_compute("k", lambda: b"own") == (b"own", False)


@pytest.mark.redis
def test_a_lock_that_expired_and_was_taken_by_another_is_not_given_back(redis_now: RedisServer) -> None:
    backend = _backend(redis_now)
    release = backend.try_lock("k", 0.05)
    wait_until(lambda: not redis_now.client.keys("*"), "the end of the lock")
    others = backend.try_lock("k", 60)
    release()
    assert backend.try_lock("k", 60) is backends.held
    others()
    assert backend.try_lock("k", 60) is not backends.held


def test_redis_that_never_was(tmp_path: Path) -> None:
    ours = answers(Settings(redis_url="redis://127.0.0.1:1/0", cache_dir=tmp_path))
    assert ours.get_or_compute("k", lambda: b"1") == (b"1", False)
    assert ours.stats()["breaker"] == "open"
    assert ours.stats()["faults"] == 1


@pytest.mark.redis
def test_nothing_is_connected_before_the_first_question(redis_now: RedisServer) -> None:
    gc.collect()  # caches of earlier tests close their connections when they are collected
    before = redis_now.client.info("clients")["connected_clients"]
    answers(Settings(redis_url=redis_now.url))
    assert redis_now.client.info("clients")["connected_clients"] == before


def test_file_locks_exclude_and_leave_nothing_behind(tmp_path: Path) -> None:
    backend = _files(tmp_path)
    release = backend.try_lock("k", 1)
    assert backend.try_lock("k", 1) is backends.held
    assert backend.try_lock("other", 1) is not backends.held
    release()
    assert not (tmp_path / "locks" / "k").exists()
    again = backend.try_lock("k", 1)
    assert again is not backends.held
    again()


def test_files_are_bounded_and_the_oldest_go_first(tmp_path: Path) -> None:
    backend = _files(tmp_path, limit=100_000)
    for i in range(20):
        backend.set(f"{i}", b"x" * 10_000)
        os.utime(backend._get_filename(f"{i}"), (i, i))
    backend.prune()
    kept = [i for i in range(20) if backend.get(f"{i}") is not None]
    assert kept == list(range(20 - len(kept), 20))
    assert 5 <= len(kept) <= 8
    backend.prune()
    assert [i for i in range(20) if backend.get(f"{i}") is not None] == kept


def test_files_are_looked_at_again_after_a_part_of_the_limit_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, looked = _files(tmp_path, limit=32_000), list[int]()
    monkeypatch.setattr(backend, "prune", lambda: looked.append(number))
    for number in range(1, 8):
        backend.set(f"{number}", b"x" * 400)
    assert looked == [1, 4, 7], "the first file, then each time that 1,000 bytes were written"


def test_what_a_process_keeps_is_bounded_in_bytes(tmp_path: Path) -> None:
    ours = AnswerCache(_files(tmp_path), recent_bytes=100)
    for key in "abcde":
        ours.get_or_compute(key, lambda: b"x" * 25)
    assert ours.stats()["recent_bytes"] == 100
    ours.get_or_compute("large", lambda: b"x" * 26)
    assert ours.stats()["recent_bytes"] == 100, "more than a quarter of the bound is not kept"


def test_the_breaker_lets_one_caller_try_each_time() -> None:
    clock = [0.0]
    breaker = Breaker(30, lambda: clock[0])
    assert breaker.allows()
    breaker.failed(OSError("gone"))
    assert not breaker.allows()
    clock[0] = 30.0
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.failed(OSError("still"))
    clock[0] = 59.9
    assert not breaker.allows()
    clock[0] = 60.0
    assert breaker.allows()
    breaker.worked()
    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_a_slow_leader_is_left_after_the_patience_of_those_who_wait(tmp_path: Path) -> None:
    ours = AnswerCache(_files(tmp_path), patience=0.2)
    begun, finish = threading.Event(), threading.Event()

    def slow() -> bytes:
        begun.set()
        finish.wait(PATIENCE)
        return b"slow"

    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(ours.get_or_compute, "k", slow)
        assert begun.wait(PATIENCE)
        assert ours.get_or_compute("k", lambda: b"own") == (b"own", False)
        finish.set()
        assert leader.result(PATIENCE) == (b"slow", False)


def test_an_answer_may_ask_for_another(tmp_path: Path) -> None:
    ours = answers(Settings(cache_dir=tmp_path))
    outer = ours.get_or_compute("outer", lambda: ours.get_or_compute("inner", lambda: b"in")[0] + b"+out")
    assert outer == (b"in+out", False)


def _backend(server: RedisServer) -> Any:
    return answers(Settings(redis_url=server.url))._backend


def _files(folder: Path, limit: int = 1 << 20) -> Any:
    backend = answers(Settings(cache_dir=folder))._backend
    backend.limit = limit  # type: ignore[attr-defined]
    return backend

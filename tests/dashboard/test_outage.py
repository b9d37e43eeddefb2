"""The whole application while Redis is stopped and while it hangs: every page and every answer still comes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.processes import AppServer, RedisServer


@pytest.fixture
def with_redis(store: Path, serve: Callable[..., AppServer], redis_server: RedisServer) -> Iterator[AppServer]:
    """The application of two workers with a shared cache in an empty Redis; both are its own test's to break."""
    redis_server.client.flushall()
    server = serve(store, REDIS_URL=redis_server.url)
    yield server
    server.stop()


def charts(server: AppServer) -> list[str]:
    """Names of the charts whose data the demo data set can give."""
    listed = json.loads(server.get("/data/")[1])
    return [chart["name"] for chart in (listed["charts"] if isinstance(listed, dict) else listed)]


ANSWERED = {200, 404, 422}  # a frame, or the reason why these data or so little of them give none


@pytest.mark.long
@pytest.mark.parametrize("fault", ["stop", "hang"])
def test_every_page_and_answer_comes_without_redis(
    with_redis: AppServer, redis_server: RedisServer, web: FlaskClient, fault: str
) -> None:
    names = charts(with_redis)
    assert names
    before = {name: with_redis.get(f"/data/{name}.csv?data=demo&range=all") for name in names}
    assert {status for status, _ in before.values()} <= ANSWERED
    assert redis_server.client.keys("storesight:*")
    getattr(redis_server, fault)()
    try:
        for path in ("/", "/trends", "/healthz", "/readyz", "/_dash-layout", "/_dash-dependencies"):
            assert with_redis.get(path)[0] == 200, path
        for name in names:
            other = f"/data/{name}.csv?data=demo&range=2024-03-01..2024-04-01"  # which no worker remembers
            oracle = web.get(other)
            assert with_redis.get(other) == (oracle.status_code, oracle.data), name
            assert with_redis.get(f"/data/{name}.csv?data=demo&range=all") == before[name], name
    finally:
        redis_server.resume()
        redis_server.start()
    log = with_redis.log.read_text()
    assert "the cache does not answer" in log
    assert "Traceback" not in log
    assert '"traceback"' not in log

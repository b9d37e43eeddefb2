"""Requests that arrive slowly, whole, two at once, too large or without an end: what the gunicorn worker does."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from gunicorn.config import Config

from analytics import store as stores
from dashboard.web.server import LARGEST_BODY
from dashboard.worker import MOST_HEAD, Connection, Refused, length
from tests.analytics import companies
from tests.processes import PATIENCE, AppServer

pytestmark = pytest.mark.slow

SLOW = 40
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def post(body: bytes, declared: int | None = None) -> bytes:
    size = len(body) if declared is None else declared
    return (
        b"POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + f"Content-Length: {size}\r\n\r\n".encode()
        + body
    )


# --- where a request ends
def test_a_request_is_its_head_and_its_body() -> None:
    assert length(b"") is None
    assert length(GET[:-1]) is None
    assert length(GET) == length(GET + GET) == len(GET)
    assert length(post(b"{}")) == length(post(b"", 2)) == len(post(b"{}"))
    assert length(b"POST / HTTP/1.1\r\nCONTENT-LENGTH:\t7 \r\n\r\n") == 39 + 7
    assert length(b"GET /?a=content-length:9 HTTP/1.1\r\nX: content-length: 9\r\n\r\n") == 59


def test_a_length_may_begin_with_noughts() -> None:
    for digits, size in ((b"00000000000000007", 7), (b"00", 0)):
        head = b"POST / HTTP/1.1\r\nContent-Length: " + digits + b"\r\n\r\n"
        assert length(head) == len(head) + size


@pytest.mark.parametrize("declared", [LARGEST_BODY + 1, 10**13, 10**5000], ids=["a little", "13 digits", "5000 digits"])
def test_a_body_larger_than_the_application_takes_is_refused_by_its_length(declared: int) -> None:
    digits = b"1" + b"0" * 5000 if declared == 10**5000 else b"%d" % declared
    with pytest.raises(Refused, match="413"):
        length(b"GET / HTTP/1.1\r\nContent-Length: " + digits + b"\r\n\r\n")


def test_heads_without_end_and_bodies_without_length_are_refused() -> None:
    with pytest.raises(Refused, match="431"):
        length(b"GET /" + b"x" * MOST_HEAD)
    with pytest.raises(Refused, match="431"):
        length(b"GET / HTTP/1.1\r\nX: " + b"x" * MOST_HEAD + b"\r\n\r\n")
    with pytest.raises(Refused, match="411"):
        length(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_the_main_loop_does_not_wait_for_a_client_to_close() -> None:
    waiting: list[socket.socket] = []
    ours, theirs = socket.socketpair()
    with ours, theirs:
        Connection(waiting.append, Config(), ours, None, None).close(graceful=True)
        assert waiting == [ours]


# --- a real server
@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, serve: Callable[..., AppServer]) -> AppServer:
    folder = tmp_path_factory.mktemp("store")
    stores.write(folder, companies.nasty())
    return serve(folder, STORESIGHT_THREADS="2", WEB_CONCURRENCY="1")


@pytest.fixture
def connect(server: AppServer) -> Iterator[Callable[[bytes], socket.socket]]:
    """Opens a connection that has sent these bytes."""
    with ExitStack() as opened:

        def connection(sent: bytes) -> socket.socket:
            made = opened.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
            made.sendall(sent)
            return made

        yield connection


def heard(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nX-Slow: ",
        post(b'{"n":', 5000),
        b"POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 00000000005000\r\n\r\n{",
    ],
    ids=["silent", "slow head", "slow body", "noughts before the length"],
)
def test_many_that_send_slowly_keep_nobody_from_an_answer(
    server: AppServer, connect: Callable[[bytes], socket.socket], beginning: bytes
) -> None:
    slow = [connect(beginning) for _ in range(SLOW)]
    for path in ("/healthz", "/data/kpis.csv?data=toy", "/"):
        assert server.get(path)[0] == 200
        for connection in slow:
            connection.sendall(b"x" if beginning else b"")
    assert server.get("/healthz")[0] == 200


def test_clients_that_never_close_hold_up_nobody(server: AppServer, connect: Callable[[bytes], socket.socket]) -> None:
    held = [connect(LAST) for _ in range(SLOW)]
    for connection in held:
        assert heard(connection).startswith(b"HTTP/1.1 200 OK")
    assert server.get("/healthz")[0] == 200


def test_a_large_body_is_refused_while_it_is_being_sent(connect: Callable[[bytes], socket.socket]) -> None:
    assert heard(connect(post(b"x" * (4 * LARGEST_BODY)))).startswith(b"HTTP/1.1 413")


def test_a_request_that_is_never_whole_is_given_up(connect: Callable[[bytes], socket.socket]) -> None:
    assert heard(connect(b"GET / HTTP/1.1\r\n")) == b""


def test_a_request_may_come_in_pieces(connect: Callable[[bytes], socket.socket]) -> None:
    connection = connect(GET[:10])
    connection.sendall(GET[10:-2])
    connection.sendall(b"Connection: close\r\n\r\n")
    assert heard(connection).startswith(b"HTTP/1.1 200 OK")


def test_requests_that_come_together_are_answered_one_after_the_other(
    connect: Callable[[bytes], socket.socket],
) -> None:
    assert heard(connect(GET + GET + LAST)).count(b'{"status":"ok"}') == 3
    connection = connect(GET + LAST[:20])
    connection.sendall(LAST[20:])
    assert heard(connection).count(b'{"status":"ok"}') == 2


def test_a_connection_is_kept_for_the_next_request(connect: Callable[[bytes], socket.socket]) -> None:
    connection = connect(GET)
    answer = b""
    while not answer.endswith(b'{"status":"ok"}\n'):
        answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    connection.sendall(LAST)
    assert heard(connection).startswith(b"HTTP/1.1 200 OK")


def test_a_long_address_is_read_and_an_endless_one_refused(server: AppServer) -> None:
    long = "&".join(f"product=x{n:03}" for n in range(190))
    for query in (f"data=toy&{'product=' + 'x' * 290}", f"data=toy&{long}&{'city=' + 'y' * 290}"):
        assert server.get(f"/data/kpis.csv?{query}")[0] == 400, "no such product"
    assert b"16,000" in server.get(f"/data/kpis.csv?data=toy&city={'y' * 20_000}")[1]
    assert server.get(f"/?{'x' * 15_000}")[0] == 200
    assert server.get(f"/?{'x' * (MOST_HEAD + 1000)}")[0] == 431


def test_what_is_too_large_or_has_no_length_is_refused(
    server: AppServer, connect: Callable[[bytes], socket.socket]
) -> None:
    assert heard(connect(post(b"{", 100 * LARGEST_BODY))).startswith(b"HTTP/1.1 413")
    chunked = b"POST /page HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert heard(connect(chunked)).startswith(b"HTTP/1.1 411")
    assert server.get("/healthz")[0] == 200

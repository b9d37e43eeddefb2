"""The gunicorn worker: a request takes a thread only when all of it is there.

A gthread worker reads a request in one of its few threads, and waits there for a client that sends a byte now and then:
as many such clients as threads stop the application, and gunicorn has no deadline for that. Here the main loop collects
the bytes of a request, within bounds of size and time, and hands it to a thread when it is whole. That answers to slow
senders; slow readers of large answers are for a buffering proxy in front (docs/deployment.md).
"""

from __future__ import annotations

import errno
import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from dashboard.web.server import LARGEST_BODY

REQUEST_SECONDS = 10.0  # from the opening of a connection, or the first byte of a next request, to the last byte of it
SEND_SECONDS = 60.0  # for one piece of an answer
LINGER_SECONDS = 2.0  # for a client to close its side after the last answer; what it still sends is thrown away
MOST_HEAD = 64 * 1024  # bytes of request line and headers; an address may have 16,000 characters

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*0*([0-9]+)[ \t]*\r\n", re.IGNORECASE)
_MOST_DIGITS = 12  # of a body's length
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)


class Refused(Exception):
    """What is arriving is refused with this status line."""


def length(received: bytes | bytearray) -> int | None:
    """The bytes of the first request in what was received: its head and its body. None while the head is not whole.

    Refused for a head that is too long, for a body larger than the application takes, and for one that does not declare
    its length: a thread would wait for their end.

    `GET / HTTP/1.1\r\n\r\nGET …` → 18.
    """
    head = received.find(_END_OF_HEAD)
    if head > MOST_HEAD or (head < 0 and len(received) > MOST_HEAD):
        raise Refused("431 Request Header Fields Too Large")
    if head < 0:
        return None
    headers = received[: head + 2]
    if _CHUNKED.search(headers):
        raise Refused("411 Length Required")
    declared = _LENGTH.search(headers)
    if declared and (len(declared[1]) > _MOST_DIGITS or int(declared[1]) > LARGEST_BODY):
        raise Refused("413 Content Too Large")
    return head + len(_END_OF_HEAD) + (int(declared[1]) if declared else 0)


class Connection(TConn):  # type: ignore[misc]
    """A connection with the bytes that came and were not read yet, and the moment until which a request may arrive."""

    def __init__(self, linger: Callable[[Any], None], *args: Any) -> None:
        super().__init__(*args)
        self._linger = linger
        self.received = bytearray()
        self.request = b""
        self.deadline = 0.0

    def init(self) -> None:
        """Begin or go on in a thread: the request is there, and each piece that is sent has a limit of time."""
        super().init()
        self.sock.settimeout(SEND_SECONDS)
        self.parser.unreader.unread(self.request)
        self.request = b""

    def close(self, graceful: bool = False) -> None:
        """Close the connection. Gracefully, the client may read the last answer first; gthread would wait for that in
        the main loop, so that a few clients that do not close would stop all others."""
        if graceful:
            self._linger(self.sock)
        else:
            super().close()


class Worker(ThreadWorker):  # type: ignore[misc]
    """A gthread worker whose main loop waits for requests to be whole."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._arriving: deque[Connection] = deque()  # by deadline
        self._lingering: dict[Any, float] = {}  # sockets by deadline, which only the other side has still to close

    def accept(self, listener: Any) -> None:
        """Take a new connection and wait for its first request."""
        if self.cfg.is_ssl:  # only the parser behind TLS can read these bytes
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
        except OSError as fault:
            if fault.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._await_request(Connection(self._linger, self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn: Any, client: Any) -> None:
        """A connection that was kept open begins its next request."""
        if not isinstance(conn, Connection):
            super().on_client_socket_readable(conn, client)
            return
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_request(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        """Close the connection or keep it open; what came after the request may be the next one already."""
        super().finish_request(conn, fs)
        if isinstance(conn, Connection) and conn.received and conn in self.keepalived_conns:
            self.on_client_socket_readable(conn, conn.sock)

    def murder_pending(self) -> None:
        """Close connections whose time is over; a worker that stops waits for none that sent nothing."""
        super().murder_pending()
        now = time.monotonic()
        while self._arriving and self._arriving[0].deadline < now:
            self._drop(self._arriving[0])
        for sock in [s for s, deadline in self._lingering.items() if deadline < now]:
            self._leave(sock)
        if not self.alive:
            for conn in [c for c in self._arriving if not c.received]:
                self._drop(conn)

    def _await_request(self, conn: Connection) -> None:
        conn.sock.setblocking(False)
        conn.deadline = time.monotonic() + REQUEST_SECONDS
        self._arriving.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        self._receive(conn, conn.sock)

    def _receive(self, conn: Connection, client: Any) -> None:
        """Take what came, and hand the request to a thread when it is whole."""
        try:
            some = client.recv(MOST_HEAD)
        except BlockingIOError:  # nothing now; but a request may have come with the one before
            pass
        except OSError:
            self._drop(conn)
            return
        else:
            if not some:
                self._drop(conn)
                return
            conn.received += some
        try:
            whole = length(conn.received)
        except Refused as why:
            self._refuse(conn, str(why))
            return
        if whole is not None and len(conn.received) >= whole:
            self._forget(conn)
            conn.request = bytes(conn.received[:whole])
            del conn.received[:whole]
            conn.data_ready = True
            self.enqueue_req(conn)

    def _refuse(self, conn: Connection, status: str) -> None:
        answer = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        with suppress(OSError):
            conn.sock.send(answer.encode())
        self._forget(conn)
        self.nr_conns -= 1
        conn.close(graceful=True)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        util.close(conn.sock)

    def _forget(self, conn: Connection) -> None:
        self.poller.unregister(conn.sock)
        self._arriving.remove(conn)

    def _linger(self, sock: Any) -> None:
        """Say that no more will be sent, and wait in the main loop until the other side says so too. Closed at once
        while there is unread input, the connection would be reset, and the last answer might not be read."""
        try:
            sock.setblocking(False)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            util.close(sock)
            return
        self.nr_conns += 1
        self._lingering[sock] = time.monotonic() + LINGER_SECONDS
        self.poller.register(sock, selectors.EVENT_READ, self._discard)

    def _discard(self, sock: Any) -> None:
        try:
            over = not sock.recv(MOST_HEAD)
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            self._leave(sock)

    def _leave(self, sock: Any) -> None:
        del self._lingering[sock]
        self.poller.unregister(sock)
        self.nr_conns -= 1
        util.close(sock)

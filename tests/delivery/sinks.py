"""What receives messages in tests: a mail server and a web server, each in a thread of the test."""

from __future__ import annotations

import json
import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast


class MailSink:
    """A mail server on this machine. `answers`: by command, what it answers instead, once each. Without `open` it keeps
    a sender waiting who wants to hand a mail over; `reached` says that one does."""

    def __init__(self) -> None:
        self.open, self.reached = threading.Event(), threading.Event()
        self.open.set()
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.answers: dict[str, list[str]] = {}
        sink = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 sink")
                while line := self.rfile.readline():
                    command = line.split(b":")[0].split()[0].decode().upper()
                    if others := sink.answers.get(command):
                        self._say(others.pop(0))
                    elif command == "DATA":
                        self._take()
                    elif command == "QUIT":
                        self._say("221 bye")
                        return
                    else:
                        if command == "RCPT":
                            sink.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                        self._say("250 sink")

            def _take(self) -> None:
                sink.reached.set()
                sink.open.wait()
                lines = []
                try:
                    self._say("354 go on")
                    while (line := self.rfile.readline()) != b".\r\n":
                        if not line:
                            return
                        lines.append(line[1:] if line.startswith(b"..") else line)
                except ConnectionError:  # the sender was killed while it waited
                    return
                sink.mails.append(cast(EmailMessage, message_from_bytes(b"".join(lines), policy=default)))
                self._say("250 taken")

            def _say(self, text: str) -> None:
                self.wfile.write(f"{text}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        """As STORESIGHT_SMTP names it."""
        return f"smtp://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Post:
    """What was posted."""

    path: str
    headers: dict[str, str]
    data: bytes
    json: Any = field(init=False)

    def __post_init__(self) -> None:
        self.json = json.loads(self.data)


class HookSink:
    """A web server that takes what is posted. `statuses`: what it answers, one after another; then 200."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.statuses: list[int] = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                sink.posts.append(Post(self.path, dict(self.headers), data))
                status = sink.statuses.pop(0) if sink.statuses else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"{sink.address}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        """Where it can be reached."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()

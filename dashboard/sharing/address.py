"""The addresses of links: `/shared/<token>/overview?…` is the page /overview, requested with that token.

What comes before the page's own path is moved to SCRIPT_NAME, as WSGI does with an application that is mounted
somewhere; so the log, the audit log and the routes see the path without the secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from flask import Flask, request

Kind = Literal["shared", "embed"]
LONGEST_TOKEN = 6000
_KEY: Final = "storesight.link"
_LINK = re.compile(rf"/(shared|embed)/([A-Za-z0-9_.-]{{1,{LONGEST_TOKEN}}})(/.*)?", re.DOTALL)


@dataclass(frozen=True)
class Link:
    """What the address of a request says of a link: which kind, and the token that nobody has checked yet."""

    kind: Kind
    token: str = field(repr=False)

    @property
    def root(self) -> str:
        """What the addresses of the link's page begin with."""
        return f"/{self.kind}/{self.token}"


def install(server: Flask) -> None:
    """Let the routes of the server answer under the addresses of links too."""
    server.wsgi_app = _Mounted(server.wsgi_app)  # type: ignore[method-assign,assignment]


def current_link() -> Link | None:
    """The link of the request being served; None where its address is an ordinary one."""
    found: Link | None = request.environ.get(_KEY)
    return found


class _Mounted:
    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        found = _LINK.fullmatch(environ.get("PATH_INFO", ""))
        if found:
            link = Link(found[1], found[2])  # type: ignore[arg-type]
            environ[_KEY] = link
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + link.root
            environ["PATH_INFO"] = found[3] or "/"
        return self._application(environ, start)

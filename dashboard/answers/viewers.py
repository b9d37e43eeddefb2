"""Who looks at data, and what they may see. Every path to data begins with a viewer; there is no default.

A request has the viewer that the installed function finds for it. Work outside requests (start-up, the command line)
names OPERATOR.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, get_args

from flask import Flask, current_app, has_request_context, request

from analytics.selection import Clause


class Unlimited(Enum):
    """The policy that hides nothing. It is a value of its own, so that a policy that was lost never means "all"."""

    EVERYTHING = "everything"

    def __repr__(self) -> str:
        return self.name


EVERYTHING: Final = Unlimited.EVERYTHING

# What a viewer may do: see pages; take data away as files; add data; set targets; show pages to people who do not sign
# in; operate the application.
Right = Literal["view", "export", "upload", "targets", "publish", "administer"]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)


@dataclass(frozen=True)
class LinkedView:
    """The one view that a share link or an embedded page shows: the only page, and the only charts, that its viewer
    reaches. It limits the viewer further than the policy does, and never widens it."""

    root: str  # what the addresses of its page begin with
    page: str  # the path of its page
    query: str  # the selection of its page
    charts: frozenset[str]
    title: str = ""
    told: str = ""  # who shares it, since when and until when
    until: int = 0  # when the link ends, in seconds since 1970
    version: str = ""  # of the data; "": the current one
    changeable: bool = False  # dates, filters and options may be changed, within the policy
    lines: bool = False  # order lines may be opened
    signed_in: bool = False  # whoever follows the link may open the application too


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at data. `policy`: EVERYTHING, or clauses that a row must meet, all of them, to exist for this
    viewer; nothing a viewer does can widen it. An empty policy is ambiguous and raises ValueError."""

    name: str
    policy: tuple[Clause, ...] | Unlimited
    sees_source_rows: bool = False  # may see values from the source rows in the examples of the quality report
    datasets: frozenset[str] | None = None  # those that exist for this viewer; None: all
    hidden: frozenset[str] = frozenset()  # fields that do not exist for this viewer
    rights: frozenset[Right] = frozenset(RIGHTS)
    title: str = ""  # how a person who is signed in is called on the screen; "" for anybody else
    groups: tuple[str, ...] = ()
    signs_out: bool = False  # whether this application can end the person's session
    administrator: str = ""  # who looks with this viewer's eyes, and may change nothing meanwhile
    linked: LinkedView | None = None  # what a link shows, for whoever follows one

    def __post_init__(self) -> None:
        if self.policy is not EVERYTHING and not self.policy:
            raise ValueError(f"the policy of {self.name!r} is empty: write EVERYTHING, or clauses that limit it")

    @property
    def unlimited(self) -> bool:
        """Whether this viewer may see every row and field of every data set."""
        return self.policy is EVERYTHING and self.datasets is None and not self.hidden and self.linked is None

    @property
    def opens_lines(self) -> bool:
        """Whether this viewer may open the order lines behind a figure."""
        return self.linked is None or self.linked.lines

    def reaches(self, chart: str) -> bool:
        """Whether the chart of this name exists for this viewer."""
        return self.linked is None or chart in self.linked.charts

    def knows(self, dataset: str) -> bool:
        """Whether the data set of this name exists for this viewer."""
        return self.datasets is None or dataset in self.datasets

    def may(self, right: Right) -> bool:
        """Whether this viewer has a right."""
        return right in self.rights


OPERATOR: Final = Viewer("operator", EVERYTHING, sees_source_rows=True)  # the process itself, and the command line
ANONYMOUS: Final = Viewer("anonymous", EVERYTHING)  # anyone who sends a request while there is no login
ME: Final = "me"  # the name of the one person of a machine of their own, who does not sign in

NOTHING: Final = (Clause("order_id"),)  # a policy that shows no row: no value is among those it lets through

_EXTENSION = "storesight.viewer"


def anonymous() -> Viewer:
    """The viewer of every request while the application has no login."""
    return ANONYMOUS


def install(server: Flask, find: Callable[[], Viewer]) -> None:
    """Let `find` name the viewer of each request; it is called once per request. If `install` is called twice,
    the last `find` is used."""
    server.extensions[_EXTENSION] = find


def refuse_viewer() -> None:
    """Answer the rest of this request as to somebody who may see nothing: its viewer was looked for and refused."""
    request.environ[_EXTENSION] = Viewer("nobody", NOTHING, rights=frozenset())


def current_viewer() -> Viewer:
    """The viewer of the request being served. RuntimeError outside a request and where nothing finds viewers: then
    nothing is shown."""
    if not has_request_context() or _EXTENSION not in current_app.extensions:
        raise RuntimeError("there is no viewer: viewers.install names one for each request, and only requests have one")
    if _EXTENSION not in request.environ:
        request.environ[_EXTENSION] = current_app.extensions[_EXTENSION]()
    viewer: Viewer = request.environ[_EXTENSION]
    return viewer

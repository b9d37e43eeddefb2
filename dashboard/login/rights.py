"""Which right each route needs. A route that is not listed is refused, and fails tests/login/test_rights.py."""

from __future__ import annotations

from typing import Final, Literal

from dashboard.answers.viewers import Right
from dashboard.company.api_tokens import Scope

Access = Right | Literal["open", "signed in"]

ACCESS: Final[dict[str, Access]] = {
    # files of the application, the same for everybody
    "static": "open",
    "_dash_assets.static": "open",
    "bs.static": "open",
    "client": "open",
    "scripts": "open",
    "styles": "open",
    "shapes": "open",
    # health, for the platform; what it tells to whom is server.install_health's
    "healthz": "open",
    "readyz": "open",
    # signing in and out
    "login": "open",
    "sign_in": "open",
    "sign_in_code": "open",
    "password": "open",
    "choose_password": "open",
    "oidc_start": "open",
    "oidc_callback": "open",
    "sign_out": "signed in",
    "looking.end": "signed in",
    # pages and what they call
    "/": "view",
    "/<path:path>": "view",
    "page": "view",
    "language.choose": "view",
    "_quality_page": "view",
    "palette.found": "view",
    "tour.shown": "view",
    "glossary.shown": "view",
    # saved views, each of a person
    "saved.listed": "view",
    "saved.save": "view",
    "saved.change": "view",
    # what changed since a person last looked
    "changes.seen": "view",
    # one's own account
    "account.listed": "view",
    "account.change": "view",
    # digests; who unsubscribes proves by the link that it was sent to them
    "digests.listed": "view",
    "digests.save": "view",
    "digests.shown": "view",
    "digests.change": "view",
    "digests.leaving": "open",
    "digests.leave": "open",
    # tokens, each of a person who may take figures away
    "tokens.listed": "export",
    "tokens.add": "export",
    "tokens.change": "export",
    # notes, each of a person
    "notebook.listed": "view",
    "notebook.add": "view",
    "notebook.new": "view",
    "notebook.note": "view",
    "notebook.change": "view",
    # links that show a view; making a public one needs the right "publish" too (dashboard/sharing/routes.py)
    "sharing.listed": "view",
    "sharing.begin": "view",
    "sharing.create": "view",
    "sharing.end": "view",
    # targets: seen by all who may see their rows
    "targets.listed": "view",
    "targets.history": "view",
    "targets.add": "targets",
    "targets.change": "targets",
    "targets.load": "targets",
    "targets.download": "export",
    # alerts carry figures out of the application
    "alerts.listed": "export",
    "alerts.save": "export",
    "alerts.change": "export",
    "alerts.again": "export",
    # figures that leave the application as files
    "_catalogue": "export",
    "_data": "export",
    "_lines": "export",
    "_lines_excel": "export",
    "_excel": "export",
    "_report": "export",
    "_deck": "export",
    "_quality": "export",
    "mcp": "export",
    "mcp_stream": "export",
    # data added in the browser
    "uploads.add": "upload",
    "uploads.begin": "upload",
    "uploads.part": "upload",
    "uploads.read": "upload",
    "uploads.load": "upload",
    "uploads.name": "upload",
    "uploads.fetch": "upload",
    "uploads.undo": "upload",
    "uploads.change": "upload",
    "uploads.state": "upload",
    # people, the audit log, the operation of the server
    "people.listed": "administer",
    "people.add": "administer",
    "people.change": "administer",
    "people.member": "administer",
    "people.audit": "administer",
    "people.audit_file": "administer",
    "looking.begin": "administer",
    "policies.listed": "administer",
    "policies.change": "administer",
    "_metrics": "administer",
}

DASH: Final = "/_"  # how the routes begin that Dash adds: what it renders, and what that calls
DASH_FILES: Final = ("/_dash-component-suites/", "/_favicon.ico")  # of these, the same for everybody
DASH_CALLS: Final = "/_dash-"  # of the others, what the open page calls: its layout, its callbacks


def access_of(endpoint: str) -> Access | None:
    """What a route needs; None for one that is not listed, which nobody may call."""
    if endpoint.startswith(DASH):
        return "open" if endpoint.startswith(DASH_FILES) else "view"
    return ACCESS.get(endpoint)


def called_by_dash(endpoint: str) -> bool:
    """Is it a route of Dash that an open page calls? These change nothing: callbacks only read."""
    return endpoint.startswith(DASH_CALLS) and not endpoint.startswith(DASH_FILES)


# What a program may ask with a token, and for what the token must be: figures, never pages, accounts or uploads.
FOR_TOKENS: Final[dict[str, Scope]] = {
    "_catalogue": "read",
    "_data": "read",
    "_lines": "read",
    "_lines_excel": "read",
    "_excel": "read",
    "_report": "read",
    "_deck": "read",
    "_quality": "read",
    "mcp": "mcp",
    "mcp_stream": "mcp",
}

# What a link reaches, besides what Dash calls: its page and, where the link allows it, figures as files.
_FOR_LINKS: Final = frozenset({"/", "/<path:path>", "page", "_data", "_lines", "_lines_excel", "_excel"})
# What may be sent with somebody's eyes, besides what Dash calls: what only reads, and the ways back.
_READING: Final = frozenset({"page", "sign_out", "looking.end"})


def for_links(endpoint: str) -> bool:
    """May a link reach this route?"""
    return endpoint in _FOR_LINKS or called_by_dash(endpoint)


def reads(endpoint: str) -> bool:
    """May an administrator who looks as somebody else send a body to this route?"""
    return endpoint in _READING or called_by_dash(endpoint)


# What no page of ours needs to have sent: the address itself is the proof, and mail programs post to it (RFC 8058).
PROVEN_BY_ADDRESS: Final = frozenset({"digests.leave"})

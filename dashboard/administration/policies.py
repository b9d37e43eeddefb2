"""The page "Policies": what each group may see and do, and the file that says so.

GET  /policies    the groups, the text of the file, what stood in it before; ?version= shows such a text
POST /policies    do = check (what the text would mean) or save
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import html
from flask import Flask, Response, redirect, request
from markupsafe import Markup

from analytics.errors import CatalogError, NotAllowed, RequestError
from dashboard.administration import policy_file
from dashboard.administration.forms import button, field, told
from dashboard.administration.looking import look_as_group
from dashboard.administration.policy_file import PolicyFile, Version, digest_of
from dashboard.administration.preview import Group, Seen, preview
from dashboard.answers.service import Service
from dashboard.answers.viewers import RIGHTS, current_viewer
from dashboard.company import audit, policies
from dashboard.company.policies import Policies
from dashboard.company.state import State
from dashboard.login import pages
from dashboard.login.guard import current_session
from dashboard.page.routes import standing_page
from dashboard.text.moments import moment

EXAMPLE = """[groups.north]
data = ["shop"]
only = { region = ["North"] }
hidden = ["cost", "customer_name"]
rights = ["view", "export"]"""


def install(server: Flask, state: State, service: Service, file: PolicyFile, now: Callable[[], Policies]) -> None:
    """Add the routes. `now` gives the policies as they hold."""

    def shown(text: str, found: Policies, message: list[Any], *, fault: str = "", status: int = 200) -> Response:
        groups = preview(service, found)
        parts = [_groups(groups), _editor(file, text, told(fault, message)), _history(policy_file.versions(state))]
        return pages.shown(standing_page("Policies", html.Div(parts, className="adding")), status)

    def listed() -> Response:
        try:
            text = file.read()
        except CatalogError as fault:
            return shown("", now(), [], fault=str(fault))
        version = request.args.get("version", "")
        if not version:
            return shown(text, now(), _replaced(state, text), fault=_wrong(text))
        kept = policy_file.versions(state, policy_file.MOST_VERSIONS)
        chosen = next((v for v in kept if str(v.id) == version), None)
        if chosen is None:
            raise RequestError(f"there is no version {version[:20]!r} of the policies.", where="version")
        note = f"What stood in the file from {moment(chosen.at)} (UTC) on. It does not hold unless it is saved."
        return shown(chosen.text, now(), [html.P(note, role="status")], fault=_wrong(chosen.text))

    def change() -> Response:
        text, do = field("text", policies.LARGEST_FILE).replace("\r\n", "\n"), field("do")
        if do not in ("check", "save"):
            raise RequestError("do must be check or save.", where="do")
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        try:
            if do == "check":
                found = policies.read_text(text, "the text")
                note = "The groups above are those of this text. It does not hold unless it is saved."
                return shown(text, found, [html.P(note, role="status")])
            file.save(state, text, field("digest"), session.subject, session.groups)
        except (CatalogError, RequestError, NotAllowed) as fault:
            return shown(text, now(), [], fault=str(fault), status=400)
        audit.record(state, current_viewer().name, "changed the policies", digest_of(text)[:12])
        return redirect("/policies", 303)  # type: ignore[return-value]

    server.add_url_rule("/policies", "policies.listed", listed, methods=["GET"])
    server.add_url_rule("/policies", "policies.change", change, methods=["POST"])


def _replaced(state: State, text: str) -> list[Any]:
    """A warning where the file is not what was saved here last: where disks do not last, a restart brings back the file
    that was deployed, and with it what had been taken from a group."""
    newest = next(iter(policy_file.versions(state, 1)), None)
    if newest is None or newest.text == text:
        return []
    saved = f"{moment(newest.at)} (UTC), by {newest.who}"
    told = (
        f"The file is not what was saved here last ({saved}): it was changed elsewhere, or a restart brought it back."
    )
    return [html.P([told, " ", html.A("See what was saved", href=f"/policies?version={newest.id}")], className="fault")]


def _wrong(text: str) -> str:
    """Why a text cannot be used; "" where it can."""
    try:
        policies.read_text(text, "the file")
    except CatalogError as fault:
        return str(fault)
    return ""


def _groups(groups: list[Group]) -> html.Section:
    head = html.Thead(html.Tr([html.Th(t) for t in ("Group", "May", "Orders it sees", "Hidden fields", "")]))
    rows = [html.Tr([html.Td(cell) for cell in _row(group)]) for group in groups]
    note = "A person gets the first group of this list that they are in, and nothing else."
    table = html.Div(html.Table([head, html.Tbody(rows)], className="plain-table"), className="table-scroll")
    return html.Section([html.H2("Groups"), html.P(note, className="muted"), table], className="card-plain")


def _row(group: Group) -> list[Any]:
    policy, name = group.policy, group.name or "Everybody else"
    if policy is None:
        return [html.Strong(name), "nothing", "", "", look_as_group(group.name)]
    about = [html.Small(text) for text in group.conditions]
    warnings = [html.Div(text, className="fault") for text in group.warnings]
    rights = ", ".join(right for right in RIGHTS if right in policy.rights)
    seen = [html.Div(_orders(one)) for one in group.seen] or [html.Div("no data set")]
    hidden = ", ".join(sorted(policy.hidden)) or "none"
    return [[html.Strong(name), *about, *warnings], rights, seen, hidden, look_as_group(group.name)]


def _orders(seen: Seen) -> list[Any]:
    if seen.orders is None:
        return [f"{seen.title}: {seen.why}"]
    amount = "all" if seen.orders == seen.all_orders else f"{seen.orders:,} of"
    parts: list[Any] = [f"{seen.title}: {amount} {seen.all_orders:,}"]
    if seen.without:
        parts.append(html.Small(f"without {', '.join(seen.without)}, which cannot be limited so"))
    return parts


def _editor(file: PolicyFile, text: str, message: list[Any]) -> html.Section:
    why = file.why_not()
    try:
        digest = digest_of(file.read())
    except CatalogError:
        digest = ""
    box = Markup(
        '<form method="post" action="/policies"><input type="hidden" name="digest" value="{}">'
        '<textarea class="toml" name="text" rows="20" spellcheck="false" aria-label="Text of the file"{}>'
        "\n{}</textarea>"
        '<p class="saved-view">{}{}</p></form>'
    ).format(
        digest,
        Markup(" readonly") if why else "",
        text,
        "" if why else Markup('<button name="do" value="save" class="apply">Save</button>'),
        button("check", "Check"),
    )
    example = html.Details([html.Summary("How a group is written"), html.Pre(EXAMPLE)])
    title = "The file" if file.path is None else f"The file {file.path.name}"
    note = [html.P(why, className="muted")] if why else []
    return html.Section([html.H2(title), *message, *note, box, example], className="card-plain")


def _history(kept: list[Version]) -> html.Section:
    items = [html.Li(html.A(f"{moment(v.at)} (UTC), by {v.who}", href=f"/policies?version={v.id}")) for v in kept] or [
        html.Li("It has not been changed on this page yet.")
    ]
    return html.Section([html.H2("What stood in it before"), html.Ul(items, className="added")], className="card-plain")

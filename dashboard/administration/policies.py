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
from analytics.language import N_, _
from dashboard.administration import policy_file
from dashboard.administration.account import NAMES
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
        return pages.shown(standing_page(_("Policies"), html.Div(parts, className="adding")), status)

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
            raise RequestError(
                N_("there is no version {version} of the policies.", version=version[:20]), where="version"
            )
        note = _("The file of {moment} (UTC). It takes effect only if you save it.", moment=moment(chosen.at))
        return shown(chosen.text, now(), [html.P(note, role="status")], fault=_wrong(chosen.text))

    def change() -> Response:
        text, do = field("text", policies.LARGEST_FILE).replace("\r\n", "\n"), field("do")
        if do not in ("check", "save"):
            raise RequestError("do must be check or save.", where="do")
        session = current_session()
        assert session is not None  # the guard lets nobody else pass
        try:
            if do == "check":
                found = policies.read_text(text, _("the text"))
                note = _("The groups above are those of this text. It takes effect only if you save it.")
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
    told = _(
        "The file differs from what {person} saved here on {moment} (UTC): it was changed elsewhere, or restored by a "
        "restart.",
        person=_(newest.who),
        moment=moment(newest.at),
    )
    return [
        html.P([told, " ", html.A(_("See what was saved"), href=f"/policies?version={newest.id}")], className="fault")
    ]


def _wrong(text: str) -> str:
    """Why a text cannot be used; "" where it can."""
    try:
        policies.read_text(text, _("the file"))
    except CatalogError as fault:
        return str(fault)
    return ""


def _groups(groups: list[Group]) -> html.Section:
    head = html.Thead(
        html.Tr([html.Th(t) for t in (_("Group"), _("Rights"), _("Orders it sees"), _("Hidden fields"), "")])
    )
    rows = [html.Tr([html.Td(cell) for cell in _row(group)]) for group in groups]
    note = _("The first group in this list that a person belongs to decides what they see.")
    table = html.Div(html.Table([head, html.Tbody(rows)], className="plain-table"), className="table-scroll")
    return html.Section([html.H2(_("Groups")), html.P(note, className="muted"), table], className="card-plain")


def _row(group: Group) -> list[Any]:
    policy, name = group.policy, group.name or _("Everybody else")
    if policy is None:
        return [html.Strong(name), _("nothing"), "", "", look_as_group(group.name)]
    about = [html.Small(text) for text in group.conditions]
    warnings = [html.Div(text, className="fault") for text in group.warnings]
    rights = ", ".join(_(NAMES[right]) for right in RIGHTS if right in policy.rights)
    seen = [html.Div(_orders(one)) for one in group.seen] or [html.Div(_("no data set"))]
    hidden = ", ".join(sorted(policy.hidden)) or _("none")
    return [[html.Strong(name), *about, *warnings], rights, seen, hidden, look_as_group(group.name)]


def _orders(seen: Seen) -> list[Any]:
    if seen.orders is None:
        return [_("{name}: {value}", name=seen.title, value=seen.why)]
    some, whole = seen.orders, seen.all_orders
    told = _("all {whole}", whole=whole) if some == whole else _("{some} of {whole}", some=some, whole=whole)
    parts: list[Any] = [_("{name}: {value}", name=seen.title, value=told)]
    if seen.without:
        tables = ", ".join(seen.without)
        parts.append(html.Small(_("without {tables}: these conditions cannot limit them", tables=tables)))
    return parts


def _editor(file: PolicyFile, text: str, message: list[Any]) -> html.Section:
    why = file.why_not()
    try:
        digest = digest_of(file.read())
    except CatalogError:
        digest = ""
    box = Markup(
        '<form method="post" action="/policies"><input type="hidden" name="digest" value="{}">'
        '<textarea class="toml" name="text" rows="20" spellcheck="false" aria-label="{}"{}>'
        "\n{}</textarea>"
        '<p class="saved-view">{}{}</p></form>'
    ).format(
        digest,
        _("Text of the file"),
        Markup(" readonly") if why else "",
        text,
        "" if why else Markup('<button name="do" value="save" class="apply">{}</button>').format(_("Save")),
        button("check", _("Check")),
    )
    example = html.Details([html.Summary(_("How to write a group")), html.Pre(EXAMPLE)])
    title = _("The file") if file.path is None else _("The file {name}", name=file.path.name)
    note = [html.P(_(why), className="muted")] if why else []
    return html.Section([html.H2(title), *message, *note, box, example], className="card-plain")


def _history(kept: list[Version]) -> html.Section:
    items = [
        html.Li(
            html.A(
                _("{moment} (UTC), by {person}", moment=moment(v.at), person=_(v.who)),
                href=f"/policies?version={v.id}",
            )
        )
        for v in kept
    ] or [html.Li(_("It has not been changed on this page yet."))]
    return html.Section([html.H2(_("Earlier versions")), html.Ul(items, className="added")], className="card-plain")

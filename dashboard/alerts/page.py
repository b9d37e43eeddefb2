"""The page "Alerts" as HTML, which needs no script: a form, what a trial found, the rules, and what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from dash import html
from markupsafe import Markup

from analytics.engines.base import Engine
from analytics.errors import StoresightError
from analytics.language import N_, _, several
from analytics.selection import Selection, filterable
from dashboard.administration.forms import button, told
from dashboard.alerts import conditions
from dashboard.alerts.conditions import GRAINS, KINDS
from dashboard.alerts.letters import HEADS
from dashboard.alerts.rules import LONGEST_TITLE, OF_DATA, Rule
from dashboard.alerts.trials import Trial
from dashboard.answers.service import ViewerService
from dashboard.delivery.deliveries import Delivery
from dashboard.delivery.senders import Senders
from dashboard.page.routes import standing_page
from dashboard.text.moments import day_of, moment
from dashboard.text.selections import clause_text
from dashboard.text.told import said

STATES: Final = {
    "new": N_("not checked yet"),
    "ok": N_("OK"),
    "firing": N_("alert"),
    "no data": N_("no data"),
    "error": N_("cannot be checked"),
    "paused": N_("paused"),
}
SENT: Final = {"waiting": N_("waiting"), "done": N_("sent"), "failed": N_("not sent")}

PERIODS: Final = {"day": N_("per day"), "week": N_("per week"), "month": N_("per month")}


@dataclass(frozen=True)
class Draft:
    """What stands in the form: texts as typed, the data set, its filters in words, and the number of a rule that is
    changed (0: a new one)."""

    texts: Mapping[str, str]
    engine: Engine
    filters: str
    hooks: Sequence[str] = ()
    rule: int = 0
    trial: Trial | None = None
    digest: str = ""  # of the rule that was tried
    fault: str = ""
    wanted: bool = True  # whether the person came for the form; else their alerts stand first

    def text(self, name: str) -> str:
        """What stands in a field."""
        return self.texts.get(name, "")


@dataclass(frozen=True)
class Shown:
    """What the page shows besides the form."""

    rules: Sequence[Rule]
    deliveries: Sequence[Delivery]
    senders: Senders
    datasets: Mapping[str, str] = field(default_factory=dict)  # titles by name


def page(service: ViewerService, draft: Draft | None, shown: Shown) -> str:
    """The whole page for one person; without a draft where there are no data."""
    viewer = service.viewer
    own = [rule for rule in shown.rules if rule.owner.subject == viewer.name]
    others = [rule for rule in shown.rules if rule.owner.subject != viewer.name]
    empty = [html.P(_("You have no alerts yet."))]
    mine: list[Any] = [_rule(rule, service, own=True) for rule in own]
    parts: list[Any] = [html.Section([html.H2(_("Your alerts")), *(mine or empty)], className="card-plain")]
    if draft is not None:
        title = _("Edit alert") if draft.rule else _("New alert")
        form = html.Section([html.H2(title), *_form(draft, shown)], className="card-plain")
        parts.insert(0 if draft.wanted or not own else 1, form)
    if others:
        theirs: list[Any] = [_rule(rule, service, own=False) for rule in others]
        parts.append(html.Section([html.H2(_("Other people’s alerts")), *theirs], className="card-plain"))
    if shown.deliveries:
        parts.append(html.Section([html.H2(_("Messages")), _sent(shown)], className="card-plain"))
    return standing_page(_("Alerts"), html.Div(parts, className="adding"))


# --- the form
def _form(draft: Draft, shown: Shown) -> list[Any]:
    metrics = {name: _(label) for name, label in conditions.metrics_of(draft.engine).items()}
    kinds = {kind: _(label) for kind, (label, _unit) in KINDS.items()}
    if "stock" not in draft.engine.schema.tables:
        del kinds["stock"]
    periods = {str(grain): _(PERIODS[grain]) for grain in GRAINS}
    about = f"{draft.engine.profile.title}{f' · {draft.filters}' if draft.filters else ''}"
    note = html.P(
        _(
            "Alerts are checked when new data are loaded, on complete days only. Everybody who gets the message sees "
            "figures that you may see."
        ),
        className="muted",
    )
    fields = [
        _hidden("query", draft.text("query")),
        _hidden("rule", str(draft.rule or "")),
        _hidden("tried", draft.digest),
        Markup('<p><span class="muted">{}</span> {}</p>').format(_("Watches"), about),
        _labelled(
            _("Name"),
            _input("title", draft, maxlength=LONGEST_TITLE, required=True, placeholder=_("Weak day")),
        ),
        Markup('<fieldset><legend>{}</legend><div class="condition">{}{}{}{}</div></fieldset>').format(
            _("Alert me when"),
            _select("metric", _("Metric"), metrics, draft.text("metric")),
            _select("grain", _("Period"), periods, draft.text("grain")),
            _select("kind", _("Condition"), kinds, draft.text("kind")),
            _input("number", draft, placeholder=_("Value, % or days"), aria_label=_("Value, percent or days")),
        ),
        *_channels(draft, shown.senders),
        _labelled(_("Quiet hours, such as 20-7"), _input("quiet", draft, placeholder=_("none"), maxlength=10)),
    ]
    save = (
        Markup('<button class="apply" name="do" value="save">{}</button>').format(_("Save alert"))
        if draft.trial
        else ""
    )
    attempt = _("Test again") if draft.trial else _("Test on past data")
    kind = "" if draft.trial else ' class="apply"'
    buttons = Markup('<p class="buttons">{}<button name="do" value="try"{}>{}</button></p>').format(
        save, Markup(kind), attempt
    )
    inside = Markup("").join([*fields, _trial(draft.trial), buttons])
    form = Markup('<form method="post" action="/alerts" class="stacked alert-form">{}</form>').format(inside)
    return [*told(draft.fault, []), note, *_other_data(draft, shown), form]


def _other_data(draft: Draft, shown: Shown) -> list[Markup]:
    """Links to the form for other data sets. Filters come from the page that one starts from."""
    others = {name: title for name, title in shown.datasets.items() if name != draft.engine.name}
    hint = _("To watch only part of the data, filter a page and choose “New alert from this page” in its menu “…”.")
    links = Markup(", ").join(Markup('<a href="/alerts?data={}">{}</a>').format(n, t) for n, t in others.items())
    more = Markup(" {} {}").format(_("Other data sets:"), links) if others and not draft.rule else ""
    return [] if draft.rule else [Markup('<p class="muted">{}{}</p>').format(hint, more)]


def _channels(draft: Draft, senders: Senders) -> list[Markup]:
    if not senders:
        told_where = _(
            "Alerts are shown on this page only: no mail server and no webhook is set up. Ask your administrator."
        )
        return [Markup('<p class="muted">{}</p>').format(told_where)]
    found = []
    if senders.domains:
        domains = ", ".join(f"@{domain}" for domain in senders.domains)
        label = _("E-mail to") if "*" in senders.domains else _("E-mail to ({domains})", domains=domains)
        box = _input("mails", draft, placeholder="ann@example.com, bob@example.com", maxlength=1000)
        found.append(_labelled(label, box))
    if senders.hooks:
        boxes = [
            Markup('<label class="tick"><input type="checkbox" name="hook" value="{}"{}> {}</label>').format(
                name, Markup(" checked") if name in draft.hooks else "", name
            )
            for name in senders.hooks
        ]
        found.append(Markup("<fieldset><legend>{}</legend>{}</fieldset>").format(_("Post to"), Markup("").join(boxes)))
    return found


def _trial(trial: Trial | None) -> Markup:
    if trial is None:
        return Markup("")
    times = Markup("").join(Markup("<li>{}</li>").format(time) for time in trial.times)
    listed = Markup("<ul>{}</ul>").format(times) if times else ""
    advice = Markup("<p>{}</p>").format(trial.advice) if trial.advice else ""
    return Markup('<div class="trial" role="status">{}.<br><strong>{}</strong>{}{}</div>').format(
        trial.condition, trial.sentence, listed, advice
    )


# --- the lists
def _rule(rule: Rule, service: ViewerService, *, own: bool) -> Markup:
    try:
        engine = service.engine(rule.data)
    except StoresightError:  # it is gone, or no longer for this viewer
        engine = None
    state = rule.state if rule.active else "paused"
    where = ", ".join(channel.partition(":")[2] for channel in rule.channels)
    lines = [
        [
            conditions.sentence(rule.condition, engine),
            engine.profile.title if engine else rule.data,
            _filters(rule, engine),
        ],
        [said(rule.note) if own else "", "" if own else _maker(rule)],
        [
            _("sent to {addresses}", addresses=where) if where else _("shown on this page only"),
            _("quiet from {begin} to {end}", begin=f"{rule.quiet[0]:02}:00", end=f"{rule.quiet[1]:02}:00")
            if rule.quiet
            else "",
        ],
    ]
    told_lines = [" · ".join(part for part in line if part) for line in lines]
    about = Markup("").join(Markup("<small>{}</small>").format(line) for line in told_lines if line)
    buttons = [
        button("resume", _("Resume")) if not rule.active else button("pause", _("Pause")),
        button("delete", _("Delete"), _("Delete the alert “{name}”?", name=rule.called)),
    ]
    if rule.owner.subject == OF_DATA:
        buttons = []
    elif own and rule.channels:
        buttons.insert(0, button("test", _("Send a test")))
    change = Markup('<a href="/alerts?rule={}">{}</a>').format(rule.id, _("Edit")) if own else ""
    return Markup(
        '<form method="post" action="/alerts/{}" class="saved-view">'
        '<span>{} <em class="state-mark" data-state="{}">{}</em>{}</span>{}{}</form>'
    ).format(rule.id, rule.called, state, _(STATES[state]), about, change, Markup("").join(buttons))


def _maker(rule: Rule) -> str:
    return (
        _("by {person}", person=rule.owner.subject) if rule.owner.subject != OF_DATA else _("from the data set’s file")
    )


def _filters(rule: Rule, engine: Engine | None) -> str:
    """The filters in words."""
    if engine is None:
        return ""
    clauses = Selection.from_query(rule.query, filterable(engine.schema))[0].clauses
    return several(clause_text(clause, engine.schema) for clause in clauses if clause.field in engine.schema)


def _sent(shown: Shown) -> html.Div:
    titles = {rule.key: rule.called for rule in shown.rules}
    head = html.Thead(
        html.Tr([html.Th(name) for name in (_("When (UTC)"), _("Alert"), _("About"), _("Sent to"), _("State"))])
    )
    rows = []
    for d in shown.deliveries:
        waits = _("not before {moment}", moment=moment(d.due_at)) if d.due_at else _("right away")
        when = moment(d.sent_at) if d.sent_at else waits
        state = _("{name}: {value}", name=SENT[d.state], value=said(d.error)) if d.error else _(SENT[d.state])
        cells = (when, titles.get(d.rule, d.rule), _about(d.period), d.channel.partition(":")[2])
        again = Markup('<form method="post" action="/alerts/messages/{}"><button>{}</button></form>')
        way = [again.format(d.job, _("Send again"))] if d.state == "failed" else []
        rows.append(html.Tr([*[html.Td(text) for text in cells], html.Td([state, *way])]))
    table = html.Table([head, html.Tbody(rows)], className="plain-table messages")
    return html.Div(table, className="table-scroll")


def _about(period: str) -> str:
    """'15 Jan 2027, Back to normal' of '2027-01-15 over'; what only makes it unique is left out."""
    first, __, rest = period.partition(" ")
    heads = [*HEADS.items(), ("test", N_("Test"))]
    return ", ".join([day_of(first), *(_(head) for kind, head in heads if rest.endswith(kind))])


# --- fields
def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def _labelled(label: str, box: Markup) -> Markup:
    return Markup("<label><span>{}</span>{}</label>").format(label, box)


def _input(name: str, draft: Draft, *, required: bool = False, **attributes: object) -> Markup:
    more = Markup("").join(Markup(' {}="{}"').format(key.replace("_", "-"), value) for key, value in attributes.items())
    return Markup('<input name="{}" value="{}"{}{}>').format(
        name, draft.text(name), more, Markup(" required") if required else ""
    )


def _select(name: str, label: str, options: Mapping[str, str], chosen: str) -> Markup:
    inside = Markup("").join(
        Markup('<option value="{}"{}>{}</option>').format(key, Markup(" selected") if key == chosen else "", text)
        for key, text in options.items()
    )
    return Markup('<select name="{}" aria-label="{}">{}</select>').format(name, label, inside)

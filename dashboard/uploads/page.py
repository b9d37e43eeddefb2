"""The page "Add data" as HTML; assets/js/adding.js makes it work."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from markupsafe import Markup

from analytics.language import N_, _
from dashboard.components.controls import attributes, icon
from dashboard.page.routes import standing_page
from dashboard.uploads.folder import ENDINGS
from dashboard.uploads.sets import Added

SCRIPT = "adding.js"
TITLE = N_("Add data")
EXPORTS = (  # which file to take from where, as docs/exports.md has it
    (
        "Shopify",
        N_("Orders → Export → All orders, as CSV. For the days of refunds, also the transaction histories."),
    ),
    ("WooCommerce", N_("An order export with one row per item, or Analytics → Orders → Download.")),
    ("Etsy", N_("Shop Manager → Settings → Options → Download data: Order items, and Orders from the same page.")),
    (
        "Square",
        N_("Reports → Transactions → Items detail CSV. For tips and fees, also Transactions CSV for the same days."),
    ),
    ("Amazon", N_("Payments → Date range reports → Transaction.")),
    ("eBay", N_("Payments → Reports → Transaction report.")),
    ("BigCommerce", N_("Orders → Export, with the default template.")),
    ("Magento, Adobe Commerce", N_("Sales → Orders → Export: orders without their items.")),
    ("Stripe", N_("Balance → All transactions → Export. Not together with the shop whose payments it handles.")),
    ("Google Analytics 4", N_("The events export to BigQuery.")),
    ("TikTok Shop", N_("Orders → Manage orders → All → Export.")),
    ("Clover", N_("Orders → Export: orders without their items.")),
    ("Lightspeed", N_("Sales history.")),
    ("Toast", N_("ItemSelectionDetails.csv of each day.")),
    ("Odoo", N_("Sales orders, exported with the columns of the order lines.")),
    ("PrestaShop", N_("Order lines, exported with the SQL manager.")),
    ("SAP", N_("Items of billing documents.")),
    ("QuickBooks", N_("Sales by Product/Service Detail.")),
    (
        N_("Anything else"),
        N_(
            "A table with one row per item sold: order number, day, product, quantity, amount and, if known, customer. "
            "Orders and their items may be in two files."
        ),
    ),
)


def page(added: Sequence[Added], hosts: Sequence[str] = ()) -> str:
    """The whole page. `added`: the data sets that were added here; `hosts`: from which files may be fetched."""
    return standing_page(_(TITLE), html.Div([*_form(hosts), *_list(added)], className="adding"), SCRIPT)


def refused_page(why: str) -> str:
    """The page where nothing can be added."""
    told = html.Section([html.H2(_("Data cannot be added here")), html.P(why)], className="card-plain")
    return standing_page(_(TITLE), html.Div(told, className="adding"))


def _form(hosts: Sequence[str]) -> list[html.Section]:
    drop = html.Label(
        [
            icon("cloud-arrow-up"),
            html.Strong(_("Drop your order files here")),
            html.Span(_("Choose files"), className="menu-button"),
            html.Span(
                _("Exports from a shop, marketplace, till or ERP: {endings}", endings=", ".join(ENDINGS)),
                className="muted",
            ),
            Markup(
                f'<input type="file" id="files" class="visually-hidden" multiple accept="{",".join(ENDINGS)}" '
                'aria-label="{}">'
            ).format(_("Choose files")),
        ],
        id="drop",
        htmlFor="files",
        className="drop",
    )
    progress = html.Div(id="progress", role="status", className="progress-line", **attributes(aria_live="polite"))
    return [
        html.Section([drop, *([_address(hosts)] if hosts else []), progress, _exports()], className="card-plain"),
        html.Section(id="found", hidden=True, className="card-plain"),
    ]


def _exports() -> html.Details:
    """Which file to take from which platform."""
    rows = [html.Tr([html.Th(_(name)), html.Td(_(where))]) for name, where in EXPORTS]
    table = html.Table(html.Tbody(rows), className="exports")
    return html.Details([html.Summary(_("Which file to export")), table])


def _address(hosts: Sequence[str]) -> html.Form:
    """The address of a file or of a database, instead of a file."""
    asked = Markup(
        '<input type="text" id="address" required maxlength="2000" autocomplete="off" spellcheck="false" '
        'placeholder="https://…, postgresql://user:password@host/name">'
    )
    told = _("From {hosts}. A database is read once and never changed.", hosts=", ".join(hosts))
    field = html.Label([_("Or the address of a file or database"), asked, html.Small(told)], className="field")
    named = Markup('<input type="text" id="tables" maxlength="2000" placeholder="{}">').format(_("All"))
    tables = html.Label([_("Tables, separated by commas"), named], className="field", id="of-tables", hidden=True)
    return html.Form([field, tables, html.Button(_("Fetch"), className="menu-button")], id="fetch", className="naming")


def _list(added: Sequence[Added]) -> list[html.Section]:
    if not added:
        return []
    return [
        html.Section(
            [html.H2(_("Added here")), html.Ul([_entry(each) for each in added], className="added")],
            className="card-plain",
            id="added",
        )
    ]


def _entry(each: Added) -> html.Li:
    link = html.A(each.title, href=f"/overview?data={each.name}")
    files = html.Span(_("{files:file|files}", files=each.files), className="muted")
    undo = html.Button(
        [icon("arrow-counterclockwise"), " ", _("Restore the previous version")],
        type="button",
        className="menu-button",
        **attributes(data_undo=each.name),
    )
    quality = html.A(_("Quality"), href=f"/quality/{each.name}")
    return html.Li([link, files, quality, *([undo] if each.undo else [])])

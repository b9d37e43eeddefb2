"""The page "Add data" as HTML; assets/js/adding.js makes it work."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from markupsafe import Markup

from dashboard.components.controls import attributes, icon
from dashboard.page.routes import standing_page
from dashboard.uploads.folder import ENDINGS
from dashboard.uploads.sets import Added

SCRIPT = "adding.js"
TITLE = "Add data"
EXPORTS = (  # which file to take from where, as docs/exports.md has it
    (
        "Shopify",
        "Orders → Export → all orders, as CSV. With it, the transaction histories of the same menu: days of refunds.",
    ),
    ("WooCommerce", "An order export with a row for each item, or Analytics → Orders → Download."),
    ("Etsy", "Shop Manager → Settings → Options → Download data: Order items. With it, Orders of the same page."),
    ("Square", "Reports → Transactions → Items detail CSV. With it, Transactions CSV of the same days: tips and fees."),
    ("Amazon", "Payments → Date range reports → Transaction."),
    ("eBay", "Payments → Reports → Transaction report."),
    ("BigCommerce", "Orders → Export, with the default template."),
    ("Magento, Adobe Commerce", "Sales → Orders → Export: orders without their items."),
    ("Stripe", "Balance → All transactions → Export. Not together with the shop whose payments it takes."),
    ("Google Analytics 4", "The export of events to BigQuery."),
    ("TikTok Shop", "Orders → Manage orders → All → Export."),
    ("Clover", "Orders → Export: orders without their items."),
    ("Lightspeed", "Sales history."),
    ("Toast", "ItemSelectionDetails.csv of each day."),
    ("Odoo", "Sales orders, exported with the columns of the order lines."),
    ("PrestaShop", "Lines of orders by the SQL manager."),
    ("SAP", "Items of billing documents."),
    ("QuickBooks", "Sales by Product/Service Detail."),
    (
        "Any other",
        "A table with a row for each item sold: order number, day, product, quantity, amount, customer if known. "
        "Orders in one file and their items in another are joined by their numbers.",
    ),
)


def page(added: Sequence[Added], hosts: Sequence[str] = ()) -> str:
    """The whole page. `added`: the data sets that were added here; `hosts`: from which files may be fetched."""
    return standing_page(TITLE, html.Div([*_form(hosts), *_list(added)], className="adding"), SCRIPT)


def refused_page(why: str) -> str:
    """The page where nothing can be added."""
    told = html.Section([html.H2("Data cannot be added here"), html.P(why)], className="card-plain")
    return standing_page(TITLE, html.Div(told, className="adding"))


def _form(hosts: Sequence[str]) -> list[html.Section]:
    drop = html.Label(
        [
            icon("cloud-arrow-up"),
            html.Strong("Drop your order files here"),
            html.Span("Choose files", className="menu-button"),
            html.Span(f"Exports of a shop, a marketplace, a till or an ERP: {', '.join(ENDINGS)}", className="muted"),
            Markup(
                f'<input type="file" id="files" class="visually-hidden" multiple accept="{",".join(ENDINGS)}" '
                'aria-label="Choose files">'
            ),
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
    rows = [html.Tr([html.Th(name), html.Td(where)]) for name, where in EXPORTS]
    table = html.Table(html.Tbody(rows), className="exports")
    return html.Details([html.Summary("Which file to export"), table])


def _address(hosts: Sequence[str]) -> html.Form:
    """The address of a file or of a database, instead of a file."""
    asked = Markup(
        '<input type="text" id="address" required maxlength="2000" autocomplete="off" spellcheck="false" '
        'placeholder="https://… or postgresql://user:password@host/name">'
    )
    told = f"From {', '.join(hosts)}. A database is read once, and only read."
    field = html.Label(["Or the address of a file or database", asked, html.Small(told)], className="field")
    named = Markup('<input type="text" id="tables" maxlength="2000" placeholder="All">')
    tables = html.Label(["Tables, separated by commas", named], className="field", id="of-tables", hidden=True)
    return html.Form([field, tables, html.Button("Fetch", className="menu-button")], id="fetch", className="naming")


def _list(added: Sequence[Added]) -> list[html.Section]:
    if not added:
        return []
    return [
        html.Section(
            [html.H2("Added here"), html.Ul([_entry(each) for each in added], className="added")],
            className="card-plain",
            id="added",
        )
    ]


def _entry(each: Added) -> html.Li:
    link = html.A(each.title, href=f"/overview?data={each.name}")
    files = html.Span("1 file" if each.files == 1 else f"{each.files} files", className="muted")
    undo = html.Button(
        [icon("arrow-counterclockwise"), " Put back the version before"],
        type="button",
        className="menu-button",
        **attributes(data_undo=each.name),
    )
    quality = html.A("Quality", href=f"/quality/{each.name}")
    return html.Li([link, files, quality, *([undo] if each.undo else [])])

"""The quality report in words: what was done with rows, and what to do about each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from analytics.errors import capital
from analytics.language import N_, _
from analytics.quality import Finding, Quality
from analytics.schema import FIELDS
from dashboard.text.formats import Formats

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_PLAIN = Formats()

EFFECTS = {
    "left out": N_("Left out"),
    "changed": N_("Changed"),
    "noticed": N_("Kept"),
    "added": N_("Added"),
    "combined": N_("Combined"),
}

# What a person can do: the first pattern that fits all of a reason, or the reason and its effect; in the TOML, and in
# the browser where that is another thing.
_NOTHING = N_("Nothing to do")
_ADVICE: Sequence[tuple[str, str, str]] = (
    ("(join|table)_.*_(kept_by|dropped)_.*", N_("Nothing to do: such rows are not needed."), ""),
    ("(join|table)_.*", N_("Look at these rows: they are left out of a file that is joined to the order lines."), ""),
    (
        "exact_duplicate left out",
        N_('If they are sales of their own, keep them: exact_duplicates = "keep" in [cleaning].'),
        N_("If they are sales of their own, choose “Keep copies”."),
    ),
    (
        "exact_duplicate",
        N_('If a row came twice by mistake, leave copies out: exact_duplicates = "drop" in [cleaning].'),
        N_("If a row came twice by mistake, choose “Leave copies out”."),
    ),
    ("blank_row|repeated_header", N_("Nothing to do: such rows hold no data."), ""),
    ("ragged_row", N_("Look at these rows: a separator inside a value needs quotes around it. Correct the file."), ""),
    ("mended_row", N_("Nothing to do, if the last columns are empty there. Otherwise export the file again."), ""),
    ("touch_of_nobody|goal_again", N_("Nothing to do: a path needs a visitor, and a conversion counts once."), ""),
    ("footer|group_head|group_total", N_("Nothing to do, if these rows are no order lines."), ""),
    (
        "bad_part",
        N_("Correct the pattern in [explode], or the cells in the file."),
        N_("Correct these cells in the file."),
    ),
    ("bad_.*_(day|year)", N_("Such a date is mistyped. Correct it in the shop or in the file, and load it again."), ""),
    (
        "far_date",
        N_("Are these dates mistyped? Correct them. If not, name the last complete day: data_until in the TOML."),
        N_("Are these dates mistyped? Correct them in the shop or in the file, and load it again."),
    ),
    (
        "bad_ordered_at",
        N_('Name the format of the dates: ordered_at = { column = "…", format = "%d/%m/%Y" } in [fields].'),
        N_("Choose on the page Add data how the dates are read, or another column; or correct them in the file."),
    ),
    (
        "bad_.*",
        N_('Correct these values in the file, or name what stands for no value: missing = ["…"] in [cleaning].'),
        N_("Correct these values in the file, or choose another column on the page Add data."),
    ),
    (
        "missing_text",
        N_("Nothing to do, if these texts mean no value. Otherwise take them out of missing in [cleaning]."),
        N_("Nothing to do, if these texts mean no value."),
    ),
    (
        "missing_.*",
        N_('Fill in the value in the file, or give one for all: { column = "…", default = "…" } in [fields].'),
        N_("Fill in the values in the file, or choose another column on the page Add data."),
    ),
    ("white_space|decomposed", N_("Nothing to do: the values are the same without it."), ""),
    (
        "non_positive",
        N_('To take them as refunds, write non_positive = "refund" in [cleaning].'),
        N_("If they are refunds, choose “Take them as refunds”."),
    ),
    (
        "pieces_assumed",
        N_(
            "Name the column that counts them: quantity. If each line sells one, let amount be the column of the price."
        ),
        N_("If a line may sell several, choose on the page Add data the column that counts them."),
    ),
    (
        "goods_untold",
        N_('If the units came back, write non_positive = "return" in [cleaning]; if not, "correction".'),
        N_("Did the units come back, or was only money given back, as for a price that was corrected?"),
    ),
    (
        "refund",
        N_('If these are no refunds, write non_positive = "sale" in [cleaning].'),
        N_("Nothing to do, if money was given back."),
    ),
    (
        "refund_sign",
        N_("Nothing to do, if they are refunds. Otherwise correct column and values in [refunds]."),
        N_("Nothing to do, if money was given back."),
    ),
    ("refund_made", N_("Nothing to do: this is how refunds become lines."), ""),
    ("refund_over", N_("More came back than was paid. Look at these orders in the shop."), ""),
    (
        "refund_undated",
        N_("The order's day counts until a file tells the days of refunds, or a column: at in [refunds]."),
        N_("The order's day counts. If another export tells the days of refunds, add it together with the orders."),
    ),
    (
        "returned_whole",
        N_("Nothing to do, if they were placed and returned. Leave cancelled orders out with [rows.drop]."),
        N_("Nothing to do, if they were placed and returned. Leave cancelled orders out of the export."),
    ),
    (
        "no_price_no_customer",
        N_('If nobody bought anything, leave them out with [rows.drop]: "Price" = "0".'),
        N_("If nobody bought anything, leave these rows out of the export."),
    ),
    (
        "no_customer",
        N_("They count in everything but customers. Give customer another column if one names the buyer."),
        N_("They count in everything but customers. If a column names the buyer, choose it on the page Add data."),
    ),
    (
        "outlier",
        N_("Look at these lines. A wrong quantity or price must be corrected in the file; a true one can stay."),
        "",
    ),
    (
        "after_data_until",
        N_("Raise data_until in the TOML when those days are complete."),
        N_("If those days are complete, choose “Count these days too”."),
    ),
    (
        "order_sold_for_long",
        N_('If the number names a contract, make an order of it and the day: columns = ["…", "…"].'),
        N_("If the number names a contract, give each delivery a number of its own in the file."),
    ),
    (
        "order_with_two_dates|order_of_several_moments",
        N_("Nothing to do, if they are refunds or were added later."),
        "",
    ),
    (
        "order_differs_.*",
        N_("Look at these orders: give the field by column if the value belongs to the line."),
        N_("Look at these orders in the shop: their rows disagree."),
    ),
    (
        "kept_by_.*|dropped_.*",
        N_("Nothing to do, if nothing was sold. Otherwise change [rows.keep] or [rows.drop]."),
        N_("Nothing to do, if nothing was sold."),
    ),
    ("completed_by_order", N_("Nothing to do: what the row lacks stands in another row of its order."), ""),
    ("unused_.*", N_("Look at these rows: their orders may be missing in the files."), ""),
    ("varies_.*", N_("Nothing to do: the value of each line is kept."), ""),
    ("order_.*", N_("Look at these orders: an order has one customer and one place, those of its first line."), ""),
    ("check_.*_holds", N_("Nothing to do: here the file adds up."), ""),
    (
        "check_.*",
        N_("Look at these orders in the shop: an item may be missing here, or a fee stands in another column."),
        "",
    ),
    (
        "unmatched_.*",
        N_("Add the missing keys to the joined file."),
        N_("Export the other file again with all of its rows."),
    ),
    ("replaced", N_("Nothing to do: a newer export tells of the same orders."), ""),
    ("in_other_file|not_first", N_("Nothing to do: another row tells the same."), ""),
    (
        "pivot_unused",
        N_("Nothing to do, if these amounts are none of the order's. Otherwise give them a field."),
        N_("Nothing to do, if these amounts are none of the order's."),
    ),
    ("pivoted|exploded|filled_down", N_("Nothing to do: this is how the rows become order lines."), ""),
    (
        "names_alike_.*",
        N_('If two names mean one thing, write map = { "other name" = "name" } at the field in [fields].'),
        N_("If two names mean one thing, choose “Take them as one name”."),
    ),
    ("days_without_orders", N_("Was the shop closed? Otherwise export these days again and add the file."), ""),
    ("ends_early_.*", N_("Its last files may be missing: export them again and add them."), ""),
    (
        "last_day_short",
        N_("If the day was not over at the export, write data_until = the day before in the TOML."),
        N_("If the day was not over at the export, choose “Count whole days only”."),
    ),
)


def label_of(finding: Finding, f: Formats = _PLAIN) -> str:
    """What a finding is called at the beginning of a line, its days written as everywhere."""
    label = _(finding.label)
    field, colon, rest = label.partition(": ")  # reports of earlier versions name fields so
    if colon and field in FIELDS:
        label = _("{name}: {value}", name=_(FIELDS[field].label), value=rest)
    return capital(with_days(label, f))


def with_days(text: str, f: Formats) -> str:
    """A text whose days, as 2024-12-31, are written as everywhere; what is no day stays."""

    def day(found: re.Match[str]) -> str:
        try:
            return f.day(np.datetime64(found[0]))
        except ValueError:
            return found[0]

    return _DAY.sub(day, text)


def advice(finding: Finding, in_browser: bool = False) -> str:
    """What to do about the rows of a finding, in the TOML or in the browser; "" where nothing is known."""
    known = (f"{finding.reason} {finding.effect}", finding.reason)
    found = next((rest for pattern, *rest in _ADVICE if any(re.fullmatch(pattern, each) for each in known)), ["", ""])
    return found[1] if in_browser and found[1] else found[0]


def asks(finding: Finding, platform: bool = False) -> bool:
    """Whether a person should look at a finding: there is something to do, or may be. `platform`: whether the files are
    exports that are known, of which it is known too what they leave out."""
    return not advice(finding, in_browser=platform).startswith(_NOTHING if platform else f"{_NOTHING}:")


# What a button changes in the TOML of a data set that was added in the browser: by reason and effect, the change
# (dashboard/uploads/fixes.py) and what the button says.
FIXES: Sequence[tuple[str, str, str, str]] = (
    ("exact_duplicate", "noticed", "drop_copies", N_("Leave copies out")),
    ("exact_duplicate", "left out", "keep_copies", N_("Keep copies")),
    ("bad_ordered_at", "left out", "other_dates", N_("Read dates with day and month exchanged")),
    ("non_positive", "left out", "as_refunds", N_("Take them as refunds")),
    ("goods_untold", "noticed", "as_returns", N_("The units came back")),
    ("goods_untold", "noticed", "as_corrections", N_("Only money was given back")),
    ("refund", "noticed", "as_sales", N_("Take them as sales")),
    ("refund", "noticed", "drop_refunds", N_("Leave them out")),
    ("outlier", "noticed", "no_outliers", N_("Do not report these")),
    ("last_day_short", "noticed", "end_before", N_("Count whole days only")),
    ("after_data_until", "noticed", "count_all_days", N_("Count these days too")),
    ("names_alike_.*", "noticed", "one_name", N_("Take them as one name")),
)
_OF_UNKNOWN = frozenset({"as_sales", "drop_refunds"})  # not where a platform's export tells what a refund is


def fixes(finding: Finding, found: Quality, platform: bool) -> list[tuple[str, str]]:
    """The changes that a person can make about a finding, each with what its button says. `found`: the report that the
    finding is of; `platform`: whether the files are exports that are known."""
    platform = platform or any(each.reason == "refund_made" for each in found.findings)
    return [
        (fix, str(label))
        for pattern, effect, fix, label in FIXES
        if finding.effect == effect
        and re.fullmatch(pattern, finding.reason)
        and (fix != "other_dates" or finding.rows > found.rows_read / 2)
        and not (platform and fix in _OF_UNKNOWN)
    ]


def field_of(finding: Finding) -> str:
    """The field whose values a finding is about, where a change must name it; otherwise ""."""
    return finding.reason.removeprefix("names_alike_") if finding.reason.startswith("names_alike_") else ""

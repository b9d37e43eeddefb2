"""The quality report in words: what was done with rows, and what to do about each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from analytics.quality import Finding, Quality
from analytics.schema import FIELDS
from dashboard.text.formats import Formats

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_PLAIN = Formats()

EFFECTS = {
    "left out": "Left out",
    "changed": "Changed",
    "noticed": "Kept",
    "added": "Added",
    "combined": "Combined",
}

# What a person can do: the first pattern that fits all of a reason, or the reason and its effect; in the TOML, and in
# the browser where that is another thing.
_NOTHING = "Nothing to do"
_ADVICE: Sequence[tuple[str, str, str]] = (
    ("(join|table)_.*_(kept_by|dropped)_.*", "Nothing to do: such rows are not needed.", ""),
    ("(join|table)_.*", "Look at these rows: they are left out of a file that is joined to the order lines.", ""),
    ("exact_duplicate left out", 'If they are sales of their own, keep them: exact_duplicates = "keep" in [cleaning].',
     "If they are sales of their own, choose “Keep copies”."),
    ("exact_duplicate", 'If a row came twice by mistake, leave copies out: exact_duplicates = "drop" in [cleaning].',
     "If a row came twice by mistake, choose “Leave copies out”."),
    ("blank_row|repeated_header", "Nothing to do: such rows hold no data.", ""),
    ("ragged_row", "Look at these rows: a separator inside a value needs quotes around it. Correct the file.", ""),
    ("mended_row", "Nothing to do, if the last columns are empty there. Otherwise export the file again.", ""),
    ("touch_of_nobody|goal_again", "Nothing to do: a path needs a visitor, and a conversion counts once.", ""),
    ("footer|group_head|group_total", "Nothing to do, if these rows are no order lines.", ""),
    ("bad_part", "Correct the pattern in [explode], or the cells in the file.", "Correct these cells in the file."),
    ("bad_.*_(day|year)", "Such a date is mistyped. Correct it in the shop or in the file, and load it again.", ""),
    ("far_date", "Are these dates mistyped? Correct them. If not, name the last complete day: data_until in the TOML.",
     "Are these dates mistyped? Correct them in the shop or in the file, and load it again."),
    ("bad_ordered_at", 'Name the format of the dates: ordered_at = { column = "…", format = "%d/%m/%Y" } in [fields].',
     "Choose on the page Add data how the dates are read, or another column; or correct them in the file."),
    ("bad_.*", 'Correct these values in the file, or name what stands for no value: missing = ["…"] in [cleaning].',
     "Correct these values in the file, or choose another column on the page Add data."),
    ("missing_text", "Nothing to do, if these texts mean no value. Otherwise take them out of missing in [cleaning].",
     "Nothing to do, if these texts mean no value."),
    ("missing_.*", 'Fill in the value in the file, or give one for all: { column = "…", default = "…" } in [fields].',
     "Fill in the values in the file, or choose another column on the page Add data."),
    ("white_space|decomposed", "Nothing to do: the values are the same without it.", ""),
    ("non_positive", 'To take them as refunds, write non_positive = "refund" in [cleaning].',
     "If they are refunds, choose “Take them as refunds”."),
    ("goods_untold", 'If the units came back, write non_positive = "return" in [cleaning]; if not, "correction".',
     "Did the units come back, or was only money given back, as for a price that was corrected?"),
    ("refund", 'If these are no refunds, write non_positive = "sale" in [cleaning].',
     "Nothing to do, if money was given back."),
    ("refund_sign", "Nothing to do, if they are refunds. Otherwise correct column and values in [refunds].",
     "Nothing to do, if money was given back."),
    ("refund_made", "Nothing to do: this is how refunds become lines.", ""),
    ("refund_over", "More came back than was paid. Look at these orders in the shop.", ""),
    ("refund_undated", "The order's day counts until a file tells the days of refunds, or a column: at in [refunds].",
     "The order's day counts. If another export tells the days of refunds, add it together with the orders."),
    ("returned_whole", "Nothing to do, if they were placed and returned. Leave cancelled orders out with [rows.drop].",
     "Nothing to do, if they were placed and returned. Leave cancelled orders out of the export."),
    ("no_price_no_customer", 'If nobody bought anything, leave them out with [rows.drop]: "Price" = "0".',
     "If nobody bought anything, leave these rows out of the export."),
    ("no_customer", "They count in everything but customers. Give customer another column if one names the buyer.",
     "They count in everything but customers. If a column names the buyer, choose it on the page Add data."),
    ("outlier", "Look at these lines. A wrong quantity or price must be corrected in the file; a true one can stay.",
     ""),
    ("after_data_until", "Raise data_until in the TOML when those days are complete.",
     "If those days are complete, choose “Count these days too”."),
    ("order_sold_for_long", 'If the number names a contract, make an order of it and the day: columns = ["…", "…"].',
     "If the number names a contract, give each delivery a number of its own in the file."),
    ("order_with_two_dates|order_of_several_moments", "Nothing to do, if they are refunds or were added later.", ""),
    ("order_differs_.*", "Look at these orders: give the field by column if the value belongs to the line.",
     "Look at these orders in the shop: their rows disagree."),
    ("kept_by_.*|dropped_.*", "Nothing to do, if nothing was sold. Otherwise change [rows.keep] or [rows.drop].",
     "Nothing to do, if nothing was sold."),
    ("completed_by_order", "Nothing to do: what the row lacks stands in another row of its order.", ""),
    ("unused_.*", "Look at these rows: their orders may be missing in the files.", ""),
    ("varies_.*", "Nothing to do: the value of each line is kept.", ""),
    ("order_.*", "Look at these orders: an order has one customer and one place, those of its first line.", ""),
    ("check_.*_holds", "Nothing to do: here the file adds up.", ""),
    ("check_.*", "Look at these orders in the shop: an item may be missing here, or a fee stands in another column.",
     ""),
    ("unmatched_.*", "Add the missing keys to the joined file.", "Export the other file again with all of its rows."),
    ("replaced", "Nothing to do: a newer export tells of the same orders.", ""),
    ("in_other_file|not_first", "Nothing to do: another row tells the same.", ""),
    ("pivot_unused", "Nothing to do, if these amounts are none of the order's. Otherwise give them a field.",
     "Nothing to do, if these amounts are none of the order's."),
    ("pivoted|exploded|filled_down", "Nothing to do: this is how the rows become order lines.", ""),
    ("names_alike_.*", 'If two names mean one thing, write map = { "other name" = "name" } at the field in [fields].',
     "If two names mean one thing, choose “Take them as one name”."),
    ("days_without_orders", "Was the shop closed? Otherwise export these days again and add the file.", ""),
    ("ends_early_.*", "Its last files may be missing: export them again and add them.", ""),
    ("last_day_short", "If the day was not over at the export, write data_until = the day before in the TOML.",
     "If the day was not over at the export, choose “Count whole days only”."),
)  # fmt: skip


def label_of(finding: Finding, f: Formats = _PLAIN) -> str:
    """What a finding is called at the beginning of a line, its days written as everywhere."""
    field, colon, rest = finding.label.partition(": ")
    label = f"{FIELDS[field].label}: {rest}" if colon and field in FIELDS else finding.label
    label = with_days(label, f)
    return label[:1].upper() + label[1:]


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
    ("exact_duplicate", "noticed", "drop_copies", "Leave copies out"),
    ("exact_duplicate", "left out", "keep_copies", "Keep copies"),
    ("bad_ordered_at", "left out", "other_dates", "Read dates with day and month exchanged"),
    ("non_positive", "left out", "as_refunds", "Take them as refunds"),
    ("goods_untold", "noticed", "as_returns", "The units came back"),
    ("goods_untold", "noticed", "as_corrections", "Only money was given back"),
    ("refund", "noticed", "as_sales", "Take them as sales"),
    ("refund", "noticed", "drop_refunds", "Leave them out"),
    ("outlier", "noticed", "no_outliers", "Do not report these"),
    ("last_day_short", "noticed", "end_before", "Count whole days only"),
    ("after_data_until", "noticed", "count_all_days", "Count these days too"),
    ("names_alike_.*", "noticed", "one_name", "Take them as one name"),
)
_OF_UNKNOWN = frozenset({"as_sales", "drop_refunds"})  # not where a platform's export tells what a refund is


def fixes(finding: Finding, found: Quality, platform: bool) -> list[tuple[str, str]]:
    """The changes that a person can make about a finding, each with what its button says. `found`: the report that the
    finding is of; `platform`: whether the files are exports that are known."""
    platform = platform or any(each.reason == "refund_made" for each in found.findings)
    return [
        (fix, label)
        for pattern, effect, fix, label in FIXES
        if finding.effect == effect
        and re.fullmatch(pattern, finding.reason)
        and (fix != "other_dates" or finding.rows > found.rows_read / 2)
        and not (platform and fix in _OF_UNKNOWN)
    ]


def field_of(finding: Finding) -> str:
    """The field whose values a finding is about, where a change must name it; otherwise ""."""
    return finding.reason.removeprefix("names_alike_") if finding.reason.startswith("names_alike_") else ""

"""What can be decided only when every line of a data set is read: copies in other blocks and files, what an order knows
of its lines, its one date, and the findings that need all lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from analytics.language import N_
from analytics.loading import returned_goods
from analytics.loading.lines import findings, order_dates, order_lines
from analytics.loading.lines.cleaning import COPIES_DROPPED, COPIES_KEPT, IN_OTHER_FILE, OVERLAP_DROPPED
from analytics.loading.lines.fingerprints import in_other_file, is_in, repeated
from analytics.loading.lines.spool import INTERNAL, Spool
from analytics.loading.spec import Spec
from analytics.profile import Profile
from analytics.quality import MOST_EXAMPLES, Quality
from analytics.selection import Clause, Selection

# Columns of the spool that are no fields: of each line the fingerprint of its row, and the place of its row.
FINGERPRINT = f"{INTERNAL}fingerprint"
PLACE = f"{INTERNAL}place"
ROW_BITS = np.uint64(40)  # the low bits of a place hold the row's number, the bits above them the file's position


def handle_copies(spec: Spec, lines: Spool, where: findings.Places, quality: Quality) -> None:
    """Drop or count copies of a row of an earlier block, by fingerprint. Copies within a block are handled already."""
    prints = lines.values(FINGERPRINT)
    if spec.cleaning.exact_duplicates == "overlap":
        other = in_other_file(prints, lines.values(PLACE) >> ROW_BITS)
        found = np.flatnonzero(other)
        quality.add(IN_OTHER_FILE, OVERLAP_DROPPED, "left out", len(found), where(found[:MOST_EXAMPLES]))
        if len(found):
            lines.keep(~other)
            prints = prints[~other]
    alike = np.flatnonzero(is_in(prints, repeated(prints)))
    if not len(alike):
        return
    again = alike[pd.Series(prints[alike]).duplicated().to_numpy()]
    if spec.cleaning.exact_duplicates == "drop":
        quality.add("exact_duplicate", COPIES_DROPPED, "left out", len(again), where(again[:MOST_EXAMPLES]))
        keep = np.ones(len(lines), bool)
        keep[again] = False
        lines.keep(keep)
        return
    known = next((f for f in quality.findings if f.reason == "exact_duplicate"), None)
    more = len(again) - (known.rows if known else 0)  # these include duplicates within a block
    quality.add("exact_duplicate", COPIES_KEPT, "noticed", more, [] if known else where(again[:MOST_EXAMPLES]))


def count_changed_signs(lines: Spool, where: findings.Places, quality: Quality) -> None:
    """Count the lines whose amount has another sign than in their row, since they are refunds."""
    if order_lines.SIGN_CHANGED not in lines:
        return  # no row was read
    found = np.flatnonzero(lines.values(order_lines.SIGN_CHANGED))
    quality.add("refund_sign", returned_goods.TURNED, "changed", len(found), where(found[:MOST_EXAMPLES]))


def complete_by_order(spec: Spec, lines: Spool, where: findings.Places, quality: Quality) -> None:
    """Give lines the fields of their order that their source lacks and another has: a refund of a second file is of
    the order's customer, city and channel."""
    lacking = [
        name
        for name in spec.field_names
        if spec.profile.fields[name].level != "line"
        and lines.is_text(name)
        and not all(name in part.fields for part in spec.parts)
    ]
    if not lacking or not len(lines):
        return
    order, _ = lines.texts("order_id")
    changed = np.zeros(len(lines), bool)
    for name in lacking:
        codes, texts = lines.texts(name)
        empty = pc.index(texts, "").as_py()
        known = np.flatnonzero(codes != empty)[::-1]
        of_order = np.full(int(order.max()) + 1, empty, "int32")
        of_order[order[known]] = codes[known]  # the last of several assignments wins: the first line that has it
        given = (codes == empty) & (of_order[order] != empty)
        if given.any():
            lines.recode(name, np.where(given, of_order[order], codes).astype("int32"))
            changed |= given
    rows = np.flatnonzero(changed)
    label = N_("lines without fields of their order, such as its channel, which are taken from its other lines")
    quality.add("completed_by_order", label, "changed", len(rows), where(rows[:MOST_EXAMPLES]))


def finish(spec: Spec, lines: Spool, files: tuple[str, ...], quality: Quality) -> Profile:
    """What can be determined only from all lines: which goods came back, one date for each order, and findings. Counts
    the lines kept. The profile, which says the days of nearly all orders where a few lie far away.

    An order has the earliest date of its sale lines. A line with another date keeps it as posted_at (which then exists
    for every line) and is counted as changed. A missing posted_at becomes the order's date.
    """
    where = places(lines, files)
    returned_goods.settle(spec, lines, where, quality)
    own = lines.values("ordered_at")
    order = lines.texts("order_id")[0]
    ordered = order_dates.dates_of_orders(order, own, lines.values("sale"))
    uneven = ordered is not own  # some order has lines of several dates
    late = order_dates.sold_for_long(order, own, lines.values("sale")) if uneven else np.empty(0, "int64")
    label = N_(
        "sale lines more than 45 days after the first of their order, all counted on its first day. If the number is "
        'that of a contract, make an order of it and the date (columns = ["order_id", "date"])'
    )
    quality.add("order_sold_for_long", label, "noticed", len(late), _with_dates(late, own, ordered, where))
    moved = np.flatnonzero(ordered != own) if uneven else late
    if len(moved):
        label = N_("lines dated differently than their order: the order has the earliest date, the line keeps its own")
        quality.add("order_with_two_dates", label, "changed", len(moved), _with_dates(moved, own, ordered, where))
        lines.replace("ordered_at", ordered)
        if "posted_at" not in lines:
            lines.replace("posted_at", own)
    if "posted_at" in lines:
        posted = lines.values("posted_at")
        lines.replace("posted_at", np.where(np.isnat(posted), ordered, posted))
    usual = order_dates.usual_days(ordered)
    if usual:
        _count_far(ordered, usual, where, quality)
    del own, ordered, order
    findings.add_findings(spec, lines, where, quality)
    _add_selections(lines, files, quality)
    quality.rows_kept = len(lines)
    return spec.profile.of_days(*map(str, usual)) if usual else spec.profile


def _count_far(
    ordered: np.ndarray, usual: tuple[np.datetime64, np.datetime64], where: findings.Places, quality: Quality
) -> None:
    """Count the lines far from the days of nearly all others."""
    day = ordered.astype("datetime64[D]")
    far = np.flatnonzero((day < usual[0]) | (day > usual[1]))
    label = N_(
        "lines dated far from all others ({first} to {last}): kept, but left out of ranges such as the last 30 days",
        first=str(usual[0]),
        last=str(usual[1]),
    )
    shown = far[:MOST_EXAMPLES]
    examples = [f"{place}: {day[i]}" for place, i in zip(where(shown), shown, strict=True)]
    quality.add("far_date", label, "noticed", len(far), examples)


def _with_dates(found: np.ndarray, own: np.ndarray, ordered: np.ndarray, where: findings.Places) -> list[str]:
    """Examples of lines, each with its date and that of its order."""
    shown = found[:MOST_EXAMPLES]
    return [f"{place}: {own[i]}, the order {ordered[i]}" for place, i in zip(where(shown), shown, strict=True)]


def _add_selections(lines: Spool, files: tuple[str, ...], quality: Quality) -> None:
    """Add to each finding the selections that hold the lines of its examples: their orders."""
    known = {name: at for at, name in enumerate(files)}
    place_of = {}
    for text in {place for finding in quality.findings for place in finding.places}:
        file, _, row = text.rpartition(":")
        if file in known and row.isdecimal():
            place_of[text] = (known[file] << int(ROW_BITS)) | int(row)
    if not place_of or not len(lines):
        return
    made = lines.values(PLACE)
    rows = np.flatnonzero(np.isin(made, np.fromiter(place_of.values(), "uint64", len(place_of))))
    first = {int(place): int(row) for place, row in zip(made[rows][::-1], rows[::-1], strict=True)}
    del made
    codes, orders = lines.texts("order_id")
    query_of = {
        int(row): Selection(clauses=(Clause("order_id", (orders[codes[row]].as_py(),)),)).to_query() for row in rows
    }
    for finding in quality.findings:
        finding.opens = [query_of.get(first.get(place_of.get(p, -1), -1), "") for p in finding.places]


def places(lines: Spool, files: tuple[str, ...]) -> findings.Places:
    """A function that says where lines come from: 'march.csv:17'."""

    def of_lines(rows: np.ndarray) -> list[str]:
        found = lines.values_at(PLACE, rows)
        return [f"{files[int(p >> ROW_BITS)]}:{int(p) & ((1 << int(ROW_BITS)) - 1)}" for p in found]

    return of_lines

"""A first TOML for files that nobody has described: which column is which field, and what remains in doubt."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError, SourceError, StoresightError
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.guessing import evidence, synonyms
from analytics.loading.guessing.appearance import alike
from analytics.loading.guessing.inspection import Column, Study, missing_texts, share, study
from analytics.loading.guessing.known_files import known_toml
from analytics.loading.guessing.signs import three_decimals
from analytics.loading.guessing.toml_text import quoted, source_lines
from analytics.loading.lines.values import as_coded, as_text
from analytics.loading.reading.rows import Rows
from analytics.loading.written.money import codes_of
from analytics.schema import CHARGES, EXTRA_TABLES, FIELDS, Kind

_US_ADDRESS = r", (?P<city>[^,]+), (?P<region>[A-Z]{2}) \d{5}(?:-\d{4})?$"


_OTHER_DAY = re.compile(r"ship|deliver|due|paid|updat|birth|return|refund|expir|versand|livraison", re.IGNORECASE)
_OTHER_MONEY = re.compile(
    r"fee|ship|freight|tax|vat|mwst|tva|iva|discount|rate|rating|score|cost|tip|lat|lon|weight|percent|%|commission|balance"
    r"|duty|size|margin",
    re.IGNORECASE,
)
LARGEST_QUANTITY = 10_000  # largest value of a column of counts
MOST_QUANTITIES = 200  # and fewer distinct values than this
MOST_RAGGED = 0.02  # share of rows; above it, rows of another length are more than a few bad rows: the user decides
JOINED_FIELDS = ("customer_name", "segment", "category", "brand", "city", "region", "country")


@dataclass
class Draft:
    """What is decided of the TOML: the value of each field as TOML text, remarks, joins, lines of tables."""

    fields: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    cleaning: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    source: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)  # files and sheets
    currency: str = ""
    time_zone: str = ""

    def put(self, name: str, value: str, note: str = "") -> None:
        """Decide a field."""
        self.fields[name] = value
        if note:
            self.notes[name] = note


def guess(paths: Sequence[Path], sources: Path | None = None, catalog: Sequence[Path] = ()) -> str:
    """A commented TOML for files of order lines; further files that hold a key of theirs become joins. Files of a
    platform that a pack knows are read by the pack; `catalog` names folders with more packs.

    `sources` is the folder that file names are relative to; without it each name stands alone. The TOML is tried before
    it is returned: its first lines say what came of it, or what it still needs (a date format, an exchange rate).
    DataError: the files are not order lines; the message names what they lack. SourceError: a file cannot be read.
    """
    if not paths:
        raise SourceError("no file was named.", hint="Run python -m analytics guess FILE…")
    root = sources if sources and all(p.resolve().is_relative_to(sources.resolve()) for p in paths) else None
    known = known_toml(paths, root, catalog)
    if known:
        return _tried(*known, root)
    studies = [study(group, root) for group in alike(paths)]
    main = max(studies, key=_promise)
    draft = _draft(main)
    for other in studies:
        if other is not main and not _join(draft, main, other):
            draft.unused += [found.path.name for found in other.files]
    draft.unused += [f"sheet {title} of {found.path.name}" for found in main.files for title in found.others]
    return _tried(_written(main, draft), main.paths, root)


def _promise(study: Study) -> int:
    """How closely files resemble order lines."""
    columns = study.columns.values()
    named = ("order_id", "quantity", "amount", "unit_price", "customer", "product")
    return (
        sum(bool(synonyms.named(field_name, study.columns)) for field_name in named)
        + 2 * any(c.date for c in columns)
        + 2 * any(c.number and not c.date for c in columns)
    )


@dataclass
class _Choice:
    """The columns that are not used yet, and those chosen for the required fields."""

    study: Study
    free: dict[str, Column]
    date: Column | None = None
    amount: Column | None = None
    price: Column | None = None
    quantity: Column | None = None
    order: Column | None = None
    customer: Column | None = None
    product: Column | None = None

    def of_order(self, column: Column) -> bool:
        """Whether a number belongs to the order rather than to the line."""
        return self.order is not None and evidence.is_of_order(self.study.rows, column.name, self.order.name)

    def take(self, field_name: str) -> Column | None:
        """The column that is named like a field and holds values of its kind; it then counts as used."""
        for name in synonyms.named(field_name, self.free):
            if _fits(self.free[name], FIELDS[field_name].kind):
                return self.free.pop(name)
        return None

    def take_first(self, wanted: Callable[[Column], bool]) -> Column | None:
        """The first column whose values are suitable; it then counts as used."""
        found = next((c for c in self.free.values() if wanted(c)), None)
        return self.free.pop(found.name) if found else None


def _fits(column: Column, kind: Kind) -> bool:
    if kind == "time":
        return column.date
    return column.number if kind in ("money", "number") else column.filled > 0


def _is_fraction(column: Column) -> bool:
    return column.number and not column.whole and not column.date and column.least > -1e9


def _names_other_day(column: Column) -> bool:
    return bool(_OTHER_DAY.search(column.name))


def _names_other_money(column: Column) -> bool:
    return bool(_OTHER_MONEY.search(column.name))


def _is_count(column: Column) -> bool:
    few = 0 < column.most <= LARGEST_QUANTITY and column.distinct < MOST_QUANTITIES
    return column.number and column.whole and not column.date and few


def _repeats(column: Column) -> bool:
    return 1 < column.distinct < column.filled and not column.date and (not column.number or column.whole)


def _draft(study: Study) -> Draft:
    """Decide each field: by the names of columns, by what the rows show, and required ones at last by their values."""
    draft = Draft()
    chosen = _choose(study, draft)
    date, money = chosen.date, chosen.amount or chosen.price
    if date is None or money is None:
        raise _not_order_lines(study, date, money)
    _put_order(draft, chosen, date)
    _put_date(draft, date)
    draft.time_zone = evidence.zone_of(study.rows, date.name)
    _put_or_constant(draft, "product", chosen.product, '"All products"', "no column names the product")
    _put_or_constant(draft, "quantity", chosen.quantity, "1", "no column counts pieces")
    _put_money(draft, chosen)
    if chosen.customer:
        _put_customer(draft, study, chosen.customer)
    _put_rest(draft, chosen)
    _put_address(draft, study)
    if not draft.currency:
        _set_currency(draft, evidence.written_currencies(study.rows, money.name))
    if three_decimals(study.rows, money.name):
        study.source = replace(study.source, decimal=",", thousands=".")
        draft.notes["amount"] = "12.900 is taken as 12900: every fraction has three digits, most of them end in 0"
    _put_shape(draft, chosen, money)
    used = [c for c in study.columns if any(quoted(c) in value for value in draft.fields.values())]
    missing = missing_texts(study.rows, used)
    if missing:
        draft.cleaning.append(f"missing = [{', '.join(map(quoted, missing))}]  # taken as no value")
    few_ragged = 0 < study.ragged <= MOST_RAGGED * len(study.rows)
    if few_ragged:
        note = f"{study.ragged} rows have too many or too few values"
        draft.cleaning.append(f'invalid_rows = "drop"          # {note}')
    elif not all(c.clean for c in (date, money, chosen.quantity) if c):
        draft.cleaning.append('invalid_rows = "drop"          # a few rows have no readable date or number')
    return draft


def _put_money(draft: Draft, chosen: _Choice) -> None:
    """The amount of the line and the price of a piece, as their names and the rows say."""
    rows, amount, price, quantity = chosen.study.rows, chosen.amount, chosen.price, chosen.quantity
    if amount and chosen.of_order(amount):
        weights = "quantity * unit_price" if price else "quantity"
        value = f"{{ order = {quoted(amount.name)}, by = {quoted(weights)} }}"
        draft.put("amount", value, "the order's total, brought to its lines: it is the same on each of them")
    elif amount:
        draft.put(
            "amount", quoted(amount.name), draft.notes.get("amount", "the total of the line; negative is a refund")
        )
    elif (
        price
        and quantity
        and chosen.product
        and evidence.is_of_line(rows, price.name, quantity.name, chosen.product.name)
    ):
        note = "of the whole line: products have one price where it is divided by the quantity"
        draft.put("amount", quoted(price.name), note)
        price = None
    if price and not (amount and price.distinct == 1):  # one value for all is a rate, not a price
        draft.put("unit_price", quoted(price.name))
        if not amount:
            draft.put("amount", '{ compute = "quantity * unit_price" }', "no column holds the total of the line")


def _put_customer(draft: Draft, study: Study, customer: Column) -> None:
    nobody = evidence.nobody(study.rows, customer.name)
    value = quoted(customer.name)
    if nobody:
        pairs = ", ".join(f'{quoted(text)} = ""' for text in nobody)
        value = f"{{ column = {value}, map = {{ {pairs} }} }}"
        draft.notes["customer"] = "taken as nobody: " + ", ".join(nobody)
    draft.put("customer", value, draft.notes.get("customer", ""))


def _put_shape(draft: Draft, chosen: _Choice, money: Column) -> None:
    """What the rows need to become lines: fields on the first row only, totals at the end, orders that are no sales."""
    rows, order = chosen.study.rows, chosen.order
    if order:
        used = [c for c in chosen.study.columns if any(quoted(c) in value for value in draft.fields.values())]
        number = {c.name for c in (chosen.amount, chosen.price, chosen.quantity) if c}
        down = [c for c in evidence.filled_down(rows, order.name, used) if c not in number]
        if down:
            names = ", ".join(map(quoted, down))
            draft.source.append(f"fill_down = [{names}]  # they stand on the first row of an order only\n")
        named = [c.name for c in (chosen.product, chosen.customer) if c]
        for text in evidence.totals(rows, order.name, money.name, named):
            draft.rows.append(f"{quoted(order.name)} = {quoted(text)}  # a row of totals\n")
    for column, values in evidence.no_sales(rows).items():
        shown = ", ".join(map(quoted, values))
        draft.rows.append(f"{quoted(column)} = [{shown}]  # nothing was sold; remove this line to count them\n")


def _choose(study: Study, draft: Draft) -> _Choice:
    """The columns of the required fields. A file without a header has no names, so only its values decide."""
    found = _Choice(study, dict(study.columns))
    nameless = bool(study.rows.source.columns)
    found.date = (
        found.take("ordered_at")
        or found.take_first(lambda c: c.date and not _names_other_day(c))
        or found.take_first(lambda c: c.date)
    )
    found.amount = found.take("amount")
    found.price = found.take("unit_price")
    found.quantity = found.take("quantity")
    found.order = found.take("order_id")
    found.customer = found.take("customer")
    found.product = found.take("product")
    if found.customer is None and found.product:  # a bare "Name" beside a product is the customer's
        found.customer = found.take_first(lambda c: synonyms.plain(c.name) == "name" and c.filled > 0)
    if found.amount and found.price and found.quantity is None and _is_count(found.amount):
        found.quantity, found.amount = found.amount, None  # "Sales" may count pieces, where a price stands beside it
    if found.amount is None and found.price is None:
        found.amount = found.take_first(lambda c: _is_fraction(c) and not _names_other_money(c))
        if found.amount:
            draft.notes["amount"] = (
                "by its values: no column is called like an amount. Is it what the line is sold for?"
            )
    if nameless and found.quantity is None:
        found.quantity = found.take_first(_is_count)
    if nameless and found.customer is None:
        found.customer = found.take_first(_repeats)
        if found.customer:
            draft.notes["customer"] = "by its values: it repeats, as customers do"
    return found


def _put_or_constant(draft: Draft, name: str, column: Column | None, constant: str, note: str) -> None:
    if column:
        draft.put(name, quoted(column.name))
    else:
        draft.put(name, f"{{ constant = {constant} }}", note)


def _not_order_lines(study: Study, date: Column | None, money: Column | None) -> DataError:
    """The error that names what files lack to be order lines."""
    lacking = []
    if date is None:
        lacking.append("the date of the order (ordered_at)")
    if money is None:
        lacking.append("the amount of the line (amount), or a price to compute it from")
    fitting = (
        table
        for table, needed in EXTRA_TABLES.items()
        if len(needed) > 1 and all(_like(column, study.columns) for column in needed)
    )
    table = next(fitting, "")
    hint = "Join it to the file of orders that it belongs to, or add the column."
    if table:
        hint = f"It looks like the extra table {table!r} of a data set: declare it under [tables.{table}]."
    return DataError(
        f"is not a file of order lines: no column gives {' nor '.join(lacking)}. "
        f"Its columns: {', '.join(list(study.columns)[:20])}.",
        where=", ".join(study.rows.files[:3]),
        hint=hint,
    )


def _like(needed: str, columns: dict[str, Column]) -> bool:
    return any(synonyms.plain(needed) in synonyms.plain(c) for c in columns)


def _put_order(draft: Draft, chosen: _Choice, date: Column) -> None:
    order, customer = chosen.order, chosen.customer
    if order and not date.typed_date and evidence.begins_again(chosen.study.rows, order.name, date.name):
        note = "the numbers begin again: the same stand on several days"
        draft.put("order_id", f"{{ columns = [{quoted(date.name)}, {quoted(order.name)}] }}", note)
        return
    if order:
        draft.put("order_id", quoted(order.name))
        return
    draft.put("order_id", "{ row = true }", "no column names the order: each row is taken as one")
    if customer:
        draft.notes["order_id"] += f'; or one a customer and day: {{ columns = [{quoted(customer.name)}, "…"] }}'


def _put_date(draft: Draft, date: Column) -> None:
    if date.typed_date:
        draft.put("ordered_at", quoted(date.name))
    elif len(date.formats) == 1:
        draft.put("ordered_at", f"{{ column = {quoted(date.name)}, format = {quoted(date.formats[0])} }}")
    else:
        choices = " or ".join(f"format = {quoted(f)}" for f in date.formats)
        draft.put("ordered_at", f"{{ column = {quoted(date.name)} }}", f"ambiguous; add {choices}")


def _put_rest(draft: Draft, chosen: _Choice) -> None:
    """The optional fields, by the names of columns; charges are left out, since a total of the order may stand on each
    of its lines."""
    for name, canonical in FIELDS.items():
        if canonical.derived or name in draft.fields or name in CHARGES:
            continue
        if name == "customer_name" and "customer" not in draft.fields:
            continue
        column = chosen.take(name)
        if column is None:
            continue
        if name == "discount" and (hundred := _per_cent(chosen, column)):
            _put_rate(draft, chosen, column, hundred)
        elif name == "cost" and _is_of_piece(chosen, column):
            note = "of a piece: products have one cost"
            draft.put(name, f'{{ compute = "quantity * [{column.name}]" }}', note)
        elif canonical.kind != "time":
            draft.put(name, quoted(column.name))
        elif len(column.formats) == 1:
            draft.put(name, f"{{ column = {quoted(column.name)}, format = {quoted(column.formats[0])} }}")
        if name == "currency":
            _put_currency(draft, chosen.study.rows, column)


def _per_cent(chosen: _Choice, column: Column) -> float:
    """What a discount is a share of, 1 or 100, where it is one; 0 where it is money: a discount in money cannot be more
    than the line costs."""
    if column.least < 0 or column.most > 100:
        return 0
    if column.most <= 1:
        return 1
    price, quantity = chosen.price, chosen.quantity
    if not (column.whole and price and quantity):
        return 0
    rows = chosen.study.rows
    line = evidence.numbers(rows, price.name) * evidence.numbers(rows, quantity.name)
    return 100 if (evidence.numbers(rows, column.name) > line + 0.005).any() else 0


def _put_rate(draft: Draft, chosen: _Choice, column: Column, hundred: float) -> None:
    """A discount in per cent: it lowers the amount where no column holds the amount after it."""
    share = f"[{column.name}]" if hundred == 1 else f"[{column.name}] / 100"
    if chosen.amount is None and "unit_price" in draft.fields:
        note = f"{column.name} is a share of the price, not money"
        draft.put("amount", f'{{ compute = "quantity * unit_price * (1 - {share})" }}', note)
        draft.put("discount", f'{{ compute = "quantity * unit_price * {share}" }}')
    else:
        draft.notes["amount"] = f"{quoted(column.name)} looks like a rate and is left out: discount is money"


def _is_of_piece(chosen: _Choice, cost: Column) -> bool:
    quantity, product = chosen.quantity, chosen.product
    rows = chosen.study.rows
    return bool(quantity and product and evidence.is_of_line(rows, cost.name, quantity.name, product.name) is False)


def _put_currency(draft: Draft, rows: Rows, column: Column) -> None:
    """The commonest currency is the reporting one; the others need rates."""
    texts = as_coded(rows.table.column(column.name))
    written = codes_of(texts.dictionary).to_pylist()
    _set_currency(draft, Counter(written[code] for code in texts.indices.to_pylist()))


def _set_currency(draft: Draft, codes: Counter[str]) -> None:
    codes.pop("", None)
    draft.currency = codes.most_common(1)[0][0] if codes else ""
    others = [c for c in codes if c != draft.currency]
    draft.joins += [f"# [rates]  # one {c} in {draft.currency}\n# {c} = 1.0\n" for c in others[:10]]


def _put_address(draft: Draft, study: Study) -> None:
    """Take city and state from a US address."""
    if "city" in draft.fields or "region" in draft.fields:
        return
    pattern = _US_ADDRESS.replace("?P<city>", "").replace("?P<region>", "")
    for name in study.columns:
        if share(study.rows, name, pattern) > 0.9:
            for part in ("city", "region"):
                draft.put(part, f"{{ column = {quoted(name)}, regex = '{_US_ADDRESS}' }}")
            return


def _join(draft: Draft, main: Study, other: Study) -> bool:
    """Declare a join where a column of the other file is unique and holds most values of a column of the main file;
    whether there is one."""
    keys = _join_keys(main, other)
    if keys is None:
        return False
    ours, theirs = keys
    name = _join_name(other.source.files[0])
    on = quoted(theirs) if theirs == ours else f"{{ {quoted(ours)} = {quoted(theirs)} }}"
    draft.joins.append(f"[join.{name}]\n{source_lines(other.source)}on = {on}\n")
    for wanted in JOINED_FIELDS:
        named = [c for c in other.columns if c != theirs and synonyms.named(wanted, [c])]
        if named and wanted not in draft.fields:
            draft.put(wanted, quoted(f"{name}.{named[0]}"))
    return True


def _join_keys(main: Study, other: Study) -> tuple[str, str] | None:
    """A column of the main file and the column of the other file that it refers to."""
    for theirs, column in other.columns.items():
        if column.distinct < max(2, len(other.rows)):
            continue
        values = as_text(other.rows.table.column(theirs))
        for ours in main.columns:
            if main.columns[ours].number:
                continue
            used = pc.unique(as_text(main.rows.table.column(ours)))
            if len(used) < 2:
                continue
            known = pc.mean(pc.is_in(used, values).cast(pa.int8())).as_py() or 0
            if known >= 0.5:
                return ours, theirs
    return None


def _join_name(file: str) -> str:
    """A file's name as the name of a join: letters, digits and underscores."""
    stem = Path(file).name.split(".")[0].lower()
    name = "".join(c if c.isalnum() else "_" for c in stem).strip("_")
    return (name if name[:1].isalpha() else f"file_{name}")[:40]


def _written(study: Study, draft: Draft) -> str:
    """The TOML as text."""
    paths = study.paths
    called = paths[0].name.split(".")[0] if len(paths) == 1 else paths[0].resolve().parent.name
    title = " ".join("".join(c if c.isalnum() else " " for c in called).split()).title()
    is_code = len(draft.currency) == 3 and draft.currency.isascii() and draft.currency.isupper()
    width = max(len(n) for n in draft.fields)
    fields = ""
    for name in [f for f in FIELDS if f in draft.fields]:
        note = f"  # {draft.notes[name]}" if draft.notes.get(name) else ""
        fields += f"{name.ljust(width)} = {draft.fields[name]}{note}\n"
    used = " ".join(draft.fields.values())
    not_read = f"# Not used, since they are of another kind: {', '.join(draft.unused)}\n" if draft.unused else ""
    unused = [c for c in study.columns if quoted(c) not in used and c not in used]
    left = f"# Columns not used: {', '.join(unused)}\n" if unused else ""
    grouping = [c for c in unused if not study.columns[c].number and _repeats(study.columns[c])]
    if grouping:
        left += f"# To filter and group by {', '.join(grouping[:3])}, declare dimensions under [dimensions].\n"
    cleaning = "\n".join(["[cleaning]", *draft.cleaning, 'exact_duplicates = "keep"      # or "drop"'])
    return (
        f"{not_read}title = {quoted(title)}\n"
        f'currency = "{draft.currency if is_code else "USD"}"{"" if draft.currency else "  # not in the files"}\n'
        'locale = "en-US"\n'
        f'time_zone = "{draft.time_zone or "UTC"}"{"" if draft.time_zone else "  # not in the files"}\n'
        f"\n[source]\n{source_lines(study.source)}{''.join(draft.source)}\n"
        + (f"[rows.drop]\n{''.join(draft.rows)}\n" if draft.rows else "")
        + "".join(f"{j}\n" for j in draft.joins)
        + f"[fields]\n{fields}{left}\n{cleaning}\n"
    )


def _tried(body: str, paths: list[Path], root: Path | None) -> str:
    """The TOML after lines of comment that say what came of reading the files by it."""
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(folder) / "guessed.toml"
        trial.write_text(body, encoding="utf-8")
        try:
            tables = read(load(trial), (root or paths[0].parent).resolve())
        except StoresightError as fault:
            return f"# It does not ingest yet. {fault}\n\n{body}"
    lines = tables.lines
    found = "".join(f"# {f.rows:,} {f.label} ({f.effect})\n" for f in tables.quality.findings)
    return (
        f"# Guessed from {len(paths)} file(s); check each line.\n"
        f"# {tables.quality.rows_read:,} rows give {len(lines):,} order lines, {lines['order_id'].nunique():,} orders, "
        f"{lines['amount'].sum():,.2f} in all, "
        f"{str(lines['ordered_at'].min())[:10]} to {str(lines['ordered_at'].max())[:10]}.\n"
        f"{found}\n{body}"
    )

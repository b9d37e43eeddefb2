"""A first TOML for files that nobody prepared: which column is which field, and what stays in doubt."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from analytics.errors import DataError, SourceError, StoresightError
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.guessing import synonyms
from analytics.loading.guessing.inspection import Column, alike, share, study
from analytics.loading.lines.values import as_text
from analytics.loading.reading.rows import Rows
from analytics.loading.spec import Source
from analytics.schema import EXTRA_TABLES, FIELDS

_ADDRESS = r", (?P<city>[^,]+), (?P<region>[A-Z]{2}) \d{5}(?:-\d{4})?$"


@dataclass
class Draft:
    """Lines of the TOML as they are decided."""

    fields: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)
    cleaning: list[str] = field(default_factory=list)
    currency: str = ""

    def put(self, name: str, value: str, note: str = "") -> None:
        self.fields[name] = value
        if note:
            self.notes[name] = note


def guess(paths: Sequence[Path], sources: Path | None = None) -> str:
    """A commented TOML for files of order lines; further files that hold a key of theirs become joins.

    `sources` is the folder that file names are relative to; without it each name stands alone. The TOML is tried
    before it is returned:
    its head says what came of it, or what it still needs (an ambiguous date, an exchange rate).
    DataError: the files are no order lines; the message names what they lack. SourceError: a file cannot be read.
    """
    if not paths:
        raise SourceError("no file was named.", hint="Say: python -m analytics guess FILE…")
    root = sources if sources and all(p.resolve().is_relative_to(sources.resolve()) for p in paths) else None
    groups = alike(paths)
    studied = [(group, *study(group, root)) for group in groups]
    main = max(studied, key=lambda g: _promise(g[3]))
    others = [g for g in studied if g is not main]
    group, source, rows, columns = main
    draft = _draft(rows, columns)
    for _, other_source, other_rows, other_columns in others:
        _join(draft, columns, rows, other_source, other_rows, other_columns)
    body = _written(group, source, draft, columns)
    return _tried(body, group, root)


def _promise(columns: dict[str, Column]) -> int:
    """How many of the fields of order lines a file seems to have."""
    found = sum(
        bool(synonyms.named(f, columns))
        for f in ("order_id", "quantity", "amount", "unit_price", "customer", "product")
    )
    return (
        found + 2 * any(c.date for c in columns.values()) + 2 * any(c.number and not c.date for c in columns.values())
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _draft(rows: Rows, columns: dict[str, Column]) -> Draft:
    """Decide each field. Required ones fall back on what the values look like."""
    draft, free = Draft(), dict(columns)

    def take(field_name: str) -> Column | None:
        for name in synonyms.named(field_name, free):
            column = free[name]
            kind = FIELDS[field_name].kind
            fits = (
                column.date if kind == "time" else column.number if kind in ("money", "number") else column.filled > 0
            )
            if fits:
                return free.pop(name)
        return None

    moment = take("ordered_at") or _first(free, lambda c: c.date)
    amount = take("amount")
    price = take("unit_price")
    quantity = take("quantity")
    if moment:
        free.pop(moment.name, None)
    order = take("order_id")
    customer = take("customer")
    product = take("product")
    if amount is None and price is None:
        amount = _first(free, lambda c: c.number and not c.whole and not c.date and c.least > -1e9)
        if amount:
            free.pop(amount.name)
            draft.notes["amount"] = "by its values: no column is called like an amount"
    if quantity is None:
        quantity = _first(
            free, lambda c: c.number and c.whole and not c.date and 0 < c.most <= 10_000 and c.distinct < 200
        )
        quantity = quantity if quantity and rows.source.columns else None
    if quantity:
        free.pop(quantity.name, None)
    if customer is None and rows.source.columns:
        customer = _first(free, lambda c: 1 < c.distinct < c.filled and not c.date and (not c.number or c.whole))
        if customer:
            free.pop(customer.name)
            draft.notes["customer"] = "by its values: it repeats, as customers do"
    _refuse_if_lacking(rows, moment, amount or price, columns)
    assert moment is not None  # refused above
    _put_order(draft, order, customer)
    _put_moment(draft, moment)
    draft.put(
        "product",
        _quoted(product.name) if product else '{ constant = "All products" }',
        "" if product else "no column names the product",
    )
    draft.put(
        "quantity",
        _quoted(quantity.name) if quantity else "{ constant = 1 }",
        "" if quantity else "no column counts pieces",
    )
    if amount:
        draft.put(
            "amount", _quoted(amount.name), draft.notes.get("amount", "the total of the line; negative is a refund")
        )
    if price:
        draft.put("unit_price", _quoted(price.name))
        if not amount:
            draft.put("amount", '{ compute = "quantity * unit_price" }', "no column holds the total of the line")
    if customer:
        draft.put("customer", _quoted(customer.name), draft.notes.get("customer", ""))
    _put_rest(draft, rows, free, take)
    _put_address(draft, rows, columns)
    if not all(c.clean for c in (moment, amount or price, quantity) if c):
        draft.cleaning.append('invalid_rows = "drop"          # a few rows have no readable date or number')
    return draft


def _first(columns: dict[str, Column], wanted: Callable[[Column], bool]) -> Column | None:
    return next((c for c in columns.values() if wanted(c)), None)


def _refuse_if_lacking(rows: Rows, moment: Column | None, money: Column | None, columns: dict[str, Column]) -> None:
    lacking = [
        text
        for text, there in (
            ("the date of the order (ordered_at)", moment),
            ("the amount of the line (amount), or a price to compute it from", money),
        )
        if there is None
    ]
    if not lacking:
        return
    table = next(
        (t for t, needed in EXTRA_TABLES.items() if len(needed) > 1 and all(_like(n, columns) for n in needed)), ""
    )
    hint = f"It looks like the extra table {table!r} of a data set: declare it under [tables.{table}]." if table else (
        "Join it to the file of orders that it belongs to, or add the column."
    )  # fmt: skip
    raise DataError(
        f"is not a file of order lines: no column gives {' nor '.join(lacking)}. "
        f"Its columns: {', '.join(list(columns)[:20])}.",
        where=", ".join(rows.files[:3]),
        hint=hint,
    )


def _like(needed: str, columns: dict[str, Column]) -> bool:
    return any(synonyms.plain(needed) in synonyms.plain(c) for c in columns)


def _put_order(draft: Draft, order: Column | None, customer: Column | None) -> None:
    if order:
        draft.put("order_id", _quoted(order.name))
        return
    draft.put("order_id", "{ row = true }", "no column names the order: each row is taken as one")
    if customer:
        draft.notes["order_id"] += f'; or one a customer and day: {{ columns = [{_quoted(customer.name)}, "…"] }}'


def _put_moment(draft: Draft, moment: Column) -> None:
    if moment.typed_date:
        draft.put("ordered_at", _quoted(moment.name))
    elif len(moment.formats) == 1:
        draft.put("ordered_at", f"{{ column = {_quoted(moment.name)}, format = {_quoted(moment.formats[0])} }}")
    else:
        choices = " or ".join(f"format = {_quoted(f)}" for f in moment.formats)
        draft.put("ordered_at", f"{{ column = {_quoted(moment.name)} }}", f"ambiguous; add {choices}")


def _put_rest(draft: Draft, rows: Rows, free: dict[str, Column], take: Callable[[str], Column | None]) -> None:
    """The optional fields, by name."""
    for name, canonical in FIELDS.items():
        if canonical.derived or name in draft.fields:
            continue
        if name == "customer_name" and "customer" not in draft.fields:
            continue
        column = take(name)
        if column is None:
            continue
        if name == "discount" and column.least >= 0 and column.most <= 1:
            draft.notes["amount"] = f"{_quoted(column.name)} looks like a rate and is left out: discount is money"
            continue
        if canonical.kind == "time":
            if len(column.formats) == 1:
                draft.put(name, f"{{ column = {_quoted(column.name)}, format = {_quoted(column.formats[0])} }}")
            continue
        draft.put(name, _quoted(column.name))
        if name == "currency":
            codes = Counter(as_text(rows.table.column(column.name)).to_pylist())
            codes.pop("", None)
            draft.currency = codes.most_common(1)[0][0] if codes else ""
            others = [c for c in codes if c != draft.currency]
            draft.joins += [f"# [rates]  # one {c} in {draft.currency}\n# {c} = 1.0\n" for c in others[:10]]


def _put_address(draft: Draft, rows: Rows, columns: dict[str, Column]) -> None:
    """City and state out of an American address."""
    if "city" in draft.fields or "region" in draft.fields:
        return
    for name in columns:
        if share(rows, name, _ADDRESS.replace("?P<city>", "").replace("?P<region>", "")) > 0.9:
            for part in ("city", "region"):
                draft.put(part, f"{{ column = {_quoted(name)}, regex = '{_ADDRESS}' }}")
            return


def _join(
    draft: Draft, columns: dict[str, Column], rows: Rows, source: Source, other: Rows, found: dict[str, Column]
) -> None:
    """Declare a join where a column of the other file is unique and holds most of the values of a column of the
    rows.
    """
    for key, column in found.items():
        if column.distinct < len(other) or column.distinct < 2:
            continue
        values = as_text(other.table.column(key))
        for mine in columns:
            theirs = pc.unique(as_text(rows.table.column(mine)))
            if (
                len(theirs) < 2
                or columns[mine].number
                or (pc.mean(pc.is_in(theirs, values).cast(pa.int8())).as_py() or 0) < 0.5
            ):
                continue
            name = "".join(c if c.isalnum() else "_" for c in Path(source.files[0]).name.split(".")[0].lower()).strip(
                "_"
            )
            name = name if name[:1].isalpha() else f"file_{name}"
            on = _quoted(key) if key == mine else f"{{ {_quoted(mine)} = {_quoted(key)} }}"
            draft.joins.append(f"[join.{name[:40]}]\n{_source_lines(source)}on = {on}\n")
            for wanted in ("customer_name", "segment", "category", "brand", "city", "region", "country"):
                named = [c for c in found if c != key and _named_so(wanted, c)]
                if named and wanted not in draft.fields:
                    draft.put(wanted, _quoted(f"{name[:40]}.{named[0]}"))
            return


def _named_so(wanted: str, column: str) -> bool:
    return bool(synonyms.named(wanted, [column]))


def _source_lines(source: Source) -> str:
    names = list(source.files)
    lines = f"files = {_quoted(names[0]) if len(names) == 1 else '[' + ', '.join(map(_quoted, names)) + ']'}\n"
    plain = Source(source.kind, source.files)
    for key in ("encoding", "separator", "decimal", "thousands"):
        if getattr(source, key) != getattr(plain, key):
            lines += f"{key} = {_quoted('tab' if getattr(source, key) == chr(9) else getattr(source, key))}\n"
    if source.columns:
        lines += f"columns = [{', '.join(map(_quoted, source.columns))}]  # no header: name them better\n"
    return lines


def _written(paths: list[Path], source: Source, draft: Draft, columns: dict[str, Column]) -> str:
    called = paths[0].name.split(".")[0] if len(paths) == 1 else paths[0].resolve().parent.name
    title = " ".join("".join(c if c.isalnum() else " " for c in called).split()).title()
    currency = (
        draft.currency if len(draft.currency) == 3 and draft.currency.isascii() and draft.currency.isupper() else "USD"
    )
    width = max(len(n) for n in draft.fields)
    fields = ""
    for name in [f for f in FIELDS if f in draft.fields]:
        note = f"  # {draft.notes[name]}" if draft.notes.get(name) else ""
        fields += f"{name.ljust(width)} = {draft.fields[name]}{note}\n"
    used = " ".join(draft.fields.values())
    unused = [c for c in columns if _quoted(c) not in used and c not in used]
    left = f"# Columns not used: {', '.join(unused)}\n" if unused else ""
    cleaning = "\n".join(["[cleaning]", *draft.cleaning, 'exact_duplicates = "keep"      # or "drop"'])
    return (
        f"title = {_quoted(title)}\n"
        f'currency = "{currency}"{"" if draft.currency else "  # nothing in the files says it"}\n'
        'locale = "en-US"\n'
        'time_zone = "UTC"  # nothing in the files says it\n'
        f"\n[source]\n{_source_lines(source)}\n"
        + "".join(f"{j}\n" for j in draft.joins)
        + f"[fields]\n{fields}{left}\n{cleaning}\n"
    )


def _tried(body: str, paths: list[Path], root: Path | None) -> str:
    """The TOML under a head that says what came of reading the files by it."""
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

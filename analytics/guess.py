"""A first TOML for files that nobody prepared: how they are written, which column is which field, and what stays in doubt."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os.path import commonprefix
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics import dates, synonyms
from analytics import sources as files
from analytics.catalog import load
from analytics.cleaning import clean
from analytics.dataset import read
from analytics.errors import DataError, SourceError, StoresightError
from analytics.mapping import as_numbers, as_text
from analytics.quality import Quality
from analytics.schema import EXTRA_TABLES, FIELDS
from analytics.sources import Rows
from analytics.spec import Cleaning, Source

SAMPLE = 1 << 20
NEARLY_ALL = 0.98  # a column is of numbers or dates when so large a share of its values is
_ADDRESS = r", (?P<city>[^,]+), (?P<region>[A-Z]{2}) \d{5}(?:-\d{4})?$"
_DATE_LIKE = r"^\d{8}$|^.*\d{1,4}.*[-/. ,].*\d{2,4}.*$"  # what is worth trying as a date
_SUFFIX_KINDS = {".xlsx": "excel", ".xlsm": "excel", ".parquet": "parquet", ".pq": "parquet"}


@dataclass
class Column:
    """What the values of one column look like."""

    name: str
    filled: int
    distinct: int
    number: bool
    whole: bool
    least: float
    most: float
    formats: list[str]  # several: ambiguous
    typed_date: bool = False
    clean: bool = True  # no value that breaks the kind

    @property
    def date(self) -> bool:
        return bool(self.formats) or self.typed_date


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

    `sources` is the folder that file names are relative to; without it each name stands alone. The TOML is tried before it is returned:
    its head says what came of it, or what it still needs (an ambiguous date, an exchange rate).
    DataError: the files are no order lines; the message names what they lack. SourceError: a file cannot be read.
    """
    if not paths:
        raise SourceError("no file was named.", hint="Say: python -m analytics guess FILE…")
    root = sources if sources and all(p.resolve().is_relative_to(sources.resolve()) for p in paths) else None
    groups = _alike(paths)
    studied = [(group, *_study(group, root)) for group in groups]
    main = max(studied, key=lambda g: _promise(g[3]))
    others = [g for g in studied if g is not main]
    group, source, rows, columns = main
    draft = _draft(rows, columns)
    for _, other_source, other_rows, other_columns in others:
        _join(draft, columns, rows, other_source, other_rows, other_columns)
    body = _written(group, source, draft, columns)
    return _tried(body, group, root)


def _alike(paths: Sequence[Path]) -> list[list[Path]]:
    """Files grouped by equal first lines."""
    groups: dict[str, list[Path]] = {}
    for path in paths:
        if not path.is_file():
            raise SourceError("no such file.", where=str(path))
        head = path.suffix + (
            _head(path)[0].split("\n", 1)[0] if path.suffix.lower() not in _SUFFIX_KINDS else path.name
        )
        groups.setdefault(head, []).append(path)
    return list(groups.values())


def _study(paths: list[Path], root: Path | None) -> tuple[Source, Rows, dict[str, Column]]:
    """How a group of files is written, its rows, and its columns."""
    source = _written_as(paths, root)
    base = (root or paths[0].parent).resolve()
    raw = files.read(source, base, base, Quality())
    rows = clean(raw, Cleaning(), Quality())
    if not len(rows):
        raise DataError("has no rows.", where=paths[0].name)
    if source.kind == "csv" and source.separator != "," and _comma_decimal(rows):
        source = replace(source, decimal=",", thousands=".")
        rows = replace(rows, source=source)
    elif _thousands(rows):
        source = replace(source, thousands=",")
        rows = replace(rows, source=source)
    return source, rows, {name: _column(rows, name) for name in rows.table.column_names}


def _relative(path: Path, root: Path | None) -> str:
    return path.resolve().relative_to(root.resolve()).as_posix() if root else path.name


def _head(path: Path) -> tuple[str, str]:
    """The first megabyte as text, and its encoding."""
    try:
        with pa.input_stream(str(path), compression="detect") as stream:
            raw = bytes(stream.read(SAMPLE))
            more = bytes(stream.read()) if raw else b""
    except OSError as fault:
        raise SourceError(f"cannot be read: {fault}.", where=path.name) from fault
    if not raw.strip():
        raise SourceError("is empty.", where=path.name)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        try:
            (raw + more).decode("utf-8")
            encoding = "utf-8"
        except UnicodeDecodeError:
            encoding = "cp1252" if not set(raw + more) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1"
    text = raw.decode(encoding, "ignore").removeprefix("\ufeff")
    if "\0" in text:
        raise SourceError("is not a text file.", where=path.name, hint="CSV, Excel and Parquet files can be read.")
    return text.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _written_as(paths: list[Path], root: Path | None) -> Source:
    names = _pattern(paths, root) if len(paths) > 1 else (_relative(paths[0], root),)
    kind = _SUFFIX_KINDS.get(paths[0].suffix.lower(), "csv")
    if kind != "csv":
        return Source(kind, names)  # type: ignore[arg-type]
    text, encoding = _head(paths[0])
    if any(_head(p)[1] != encoding for p in paths[1:]):
        encodings = {_head(p)[1] for p in paths}
        encoding = "cp1252" if "cp1252" in encodings else "latin-1"
    separator = _separator(text)
    first = _cells(text.split("\n", 1)[0], separator)
    columns = () if _is_header(first) else tuple(f"column_{i + 1}" for i in range(len(first)))
    return Source("csv", names, encoding, separator, columns=columns)


def _pattern(paths: list[Path], root: Path | None) -> tuple[str, ...]:
    """One pattern that matches exactly these files where their names allow it, else the names."""
    names = [_relative(p, root) for p in paths]
    start = commonprefix(names)
    end = commonprefix([n[len(start) :][::-1] for n in names])[::-1]
    pattern = f"{start}*{end}"
    base = root or paths[0].parent
    if set(base.glob(pattern)) == {base / n for n in names}:
        return (pattern,)
    return tuple(names)


def _cells(line: str, separator: str) -> list[str]:
    return line.split() if separator == "whitespace" else next(csv.reader([line], delimiter=separator), [])


def _separator(text: str) -> str:
    """The sign that cuts the first lines into the same number of values, the more the better; white space if no sign does."""
    sample = "\n".join(text.split("\n")[:200])
    best, most = "", 0.0
    for sign in (",", ";", "\t", "|", ":"):
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=sign) if row)
        except csv.Error:
            continue
        width, times = widths.most_common(1)[0] if widths else (1, 0)
        score = times / max(1, sum(widths.values())) * (1 + width / 100)
        if width > 1 and times > 0.8 * sum(widths.values()) and score > most:
            best, most = sign, score
    if best:
        return best
    widths = Counter(len(line.split()) for line in sample.split("\n") if line.strip())
    width, times = widths.most_common(1)[0]
    return "whitespace" if width > 1 and times > 0.8 * sum(widths.values()) else ","


def _is_header(first: list[str]) -> bool:
    """A header has no number, no date and no name twice."""
    texts = [c.strip() for c in first]
    column = pa.chunked_array([pa.array(texts, pa.string())])
    numbers = ~np.isnan(as_numbers(column)[0])
    return bool(
        not numbers.any()
        and not any(dates.fitting([t]) for t in texts if any(c.isdigit() for c in t))
        and len(set(texts)) == len(texts)
    )


def _comma_decimal(rows: Rows) -> bool:
    return any(_share(rows, name, r"^-?\d{1,3}(\.?\d{3})*,\d{1,2}$") > 0.5 for name in rows.table.column_names)


def _thousands(rows: Rows) -> bool:
    found = [_share(rows, name, r"^\p{Sc}?-?\d{1,3}(,\d{3})+(\.\d+)?$") for name in rows.table.column_names]
    return any(share > 0.02 for share in found)


def _share(rows: Rows, name: str, pattern: str) -> float:
    """Share of the filled values of a text column that match."""
    column = rows.table.column(name)
    if not pa.types.is_string(column.type):
        return 0.0
    filled = column.filter(pc.not_equal(column, ""))
    return float(pc.mean(pc.match_substring_regex(filled, pattern).cast(pa.int8())).as_py() or 0.0)


def _column(rows: Rows, name: str) -> Column:
    column = rows.table.column(name)
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return Column(
            name, len(column) - column.null_count, pc.count_distinct(column).as_py(), False, False, 0, 0, [], True
        )
    texts = as_text(column)
    filled = texts.filter(pc.not_equal(texts, ""))
    values, wrong = as_numbers(column, rows.source.decimal, rows.source.thousands)
    known = values[~np.isnan(values)]
    is_number = len(known) > 0 and int(wrong.sum()) <= (1 - NEARLY_ALL) * len(filled)
    formats, tidy = _formats(filled)
    return Column(
        name,
        filled=len(filled),
        distinct=pc.count_distinct(filled).as_py(),
        number=is_number,
        whole=bool(is_number and (known == np.floor(known)).all()),
        least=float(known.min()) if is_number else 0.0,
        most=float(known.max()) if is_number else 0.0,
        formats=formats,
        clean=tidy if formats else not (is_number and wrong.any()),
    )


def _formats(filled: pa.ChunkedArray) -> tuple[list[str], bool]:
    """Date formats of the values, and whether every value fits. Where a few values are no dates the formats that fit nearly all."""
    if not len(filled):
        return [], True
    unique = pc.unique(filled).to_numpy(zero_copy_only=False)
    if (
        float(
            pc.mean(pc.match_substring_regex(pa.array(unique[:500], pa.string()), _DATE_LIKE).cast(pa.int8())).as_py()
        )
        < 0.5
    ):
        return [], True
    few = [unique[i] for i in np.linspace(0, len(unique) - 1, min(60, len(unique))).astype(int)]
    candidates = [f for f in dates.FORMATS if np.isnat(dates.parse(few, [f], "UTC")).mean() <= 0.25]
    if not candidates:
        return [], True
    fitting = dates.fitting(unique, known=candidates)
    if fitting:
        return fitting, True
    nearly = [f for f in candidates if np.isnat(dates.parse(unique, [f], "UTC")).mean() <= 1 - NEARLY_ALL]
    return nearly[:1], False


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

    def take(field_name: str, accept: bool | None = None) -> Column | None:
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


def _first(columns: dict[str, Column], wanted: object) -> Column | None:
    return next((c for c in columns.values() if wanted(c)), None)  # type: ignore[operator]


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
        f"is not a file of order lines: no column gives {' nor '.join(lacking)}. Its columns: {', '.join(list(columns)[:20])}.",
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


def _put_rest(draft: Draft, rows: Rows, free: dict[str, Column], take: object) -> None:
    """The optional fields, by name."""
    for name, canonical in FIELDS.items():
        if canonical.derived or name in draft.fields:
            continue
        if name == "customer_name" and "customer" not in draft.fields:
            continue
        column = take(name)  # type: ignore[operator]
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
        if _share(rows, name, _ADDRESS.replace("?P<city>", "").replace("?P<region>", "")) > 0.9:
            for part in ("city", "region"):
                draft.put(part, f"{{ column = {_quoted(name)}, regex = '{_ADDRESS}' }}")
            return


def _join(
    draft: Draft, columns: dict[str, Column], rows: Rows, source: Source, other: Rows, found: dict[str, Column]
) -> None:
    """Declare a join where a column of the other file is unique and holds most of the values of a column of the rows."""
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
        lines += f"columns = [{', '.join(map(_quoted, source.columns))}]  # the files have no header: better names are yours\n"
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
        f"{lines['amount'].sum():,.2f} in all, {str(lines['ordered_at'].min())[:10]} to {str(lines['ordered_at'].max())[:10]}.\n"
        f"{found}\n{body}"
    )

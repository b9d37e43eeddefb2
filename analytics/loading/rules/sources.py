"""The [source] of a TOML, and the sources of its joins and extra tables: files and how they are written, or a query."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from analytics.keys import Keys
from analytics.language import N_
from analytics.loading.rules.shapes import read_shape
from analytics.loading.spec import KIND_OF_SUFFIX, Source, SourceKind

KINDS: tuple[SourceKind, ...] = ("csv", "excel", "parquet", "sql")
SEPARATOR_NAMES = {"tab": "\t", "\\t": "\t"}
URL_HINT = N_(
    "Put it into the environment and name the variable: {example}.", example='url_env = "STORESIGHT_SHOP_URL"'
)


def read_source(
    keys: Keys, alone: bool = True, increments: bool = False, lines: bool = False, shape: Keys | None = None
) -> Source:
    """A source. `alone`: the table has no other keys; `increments`: rows beyond a high-water mark may be declared;
    `lines`: the rows are order lines, which may replace each other.
    `shape` is the table that has the tables [rows], [explode] and [pivot]; the source itself where none is given.

    CatalogError names the key that is wrong.
    """
    is_query = keys.data.get("kind") == "sql"
    source = _query(keys, increments) if is_query else _files(keys, lines)
    source = replace(source, shape=read_shape(Keys({}, keys.file) if is_query else keys, shape or keys))
    if alone:
        keys.finish()
    return source


def _files(keys: Keys, lines: bool) -> Source:
    files = keys.texts("files", longest=300, most=200)
    if not files:
        keys.fail(
            "files",
            N_("is missing."),
            N_("Name the files, for example {example}.", example='files = "shop/orders_*.csv"'),
        )
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
            keys.fail(
                "files",
                N_("{name} leaves the sources folder.", name=repr(name)),
                N_("Paths are relative, with forward slashes and without '..'."),
            )
    guessed = KIND_OF_SUFFIX.get(PurePosixPath(files[0]).suffix.lower(), "csv")
    named = keys.choice("kind", KINDS, guessed)
    decimal = keys.choice("decimal", (".", ","), ".")
    thousands = keys.choice("thousands", ("", ",", ".", " ", "'"), "")
    if decimal == thousands:
        keys.fail("thousands", N_("is the same as the decimal sign."))
    columns = keys.texts("columns", longest=100)
    if len(set(columns)) < len(columns):
        keys.fail("columns", N_("names a column twice."))
    return Source(
        next(kind for kind in KINDS if kind == named),
        files,
        _encoding(keys),
        _separator(keys),
        decimal,
        thousands,
        columns,
        keys.integer("skip_rows", 0, least=0, most=1000),
        _header(keys),
        keys.texts("sheet", longest=60, most=100),
        replace_by=keys.choice("replace_by", ("order_id", ""), "") if lines else "",
        aliases=_aliases(keys.table("aliases")),
        escape=keys.text("escape", pattern=r"[\\^~]?", like=r"'\'"),
        rows_of=keys.text("rows_of", longest=100),
    )


def _aliases(table: Keys) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Names of columns, and what files in other languages or of other years call them; no name stands twice."""
    found = tuple((name, table.texts(name, longest=200, most=50)) for name, _ in table.items())
    seen: set[str] = set()
    for name, others in found:
        for other in others:
            if other.casefold() in seen:
                table.fail(name, N_("{name} is an alias of another column too.", name=repr(other)))
            seen.add(other.casefold())
    return found


def _header(keys: Keys) -> tuple[str, ...]:
    """The values by which the header is found; there must be a header, and only one way to find it."""
    header = keys.texts("header", longest=100, most=20)
    for other in ("skip_rows", "columns"):
        if header and other in keys:
            keys.fail("header", N_("cannot stand with {name}.", name=other), N_("Say one of the two."))
    return header


def _separator(keys: Keys) -> str:
    given = keys.text("separator", ",", longest=10)
    separator = SEPARATOR_NAMES.get(given, given)
    if separator != "whitespace" and (len(separator) != 1 or separator in '"\r\n' or not separator.isascii()):
        keys.fail(
            "separator", N_("expected one character, 'tab' or 'whitespace', found {value}.", value=repr(separator))
        )
    return separator


def _encoding(keys: Keys) -> str:
    encoding = keys.text("encoding", "utf-8", longest=40)
    try:
        "".encode(encoding)
    except (LookupError, ValueError) as fault:
        keys.fail(
            "encoding",
            N_("unknown encoding {encoding}: {fault}.", encoding=repr(encoding), fault=str(fault)),
            N_("Usual ones: {names}.", names="utf-8, latin-1, cp1252, utf-16"),
        )
    return encoding


def _query(keys: Keys, increments: bool) -> Source:
    """A query of a database. Its address is never in the file, since it holds a password."""
    keys.choice("kind", ("sql",), "sql")
    for key in ("url", "dsn", "password"):
        if key in keys:
            keys.fail(key, N_("an address with its password does not belong into a file."), URL_HINT)
    variable = keys.text("url_env", longest=200)
    if not re.fullmatch(r"STORESIGHT_[A-Z0-9_]{1,60}_URL", variable):
        shown = "…" if "://" in variable else repr(variable)
        keys.fail(
            "url_env",
            N_("expected an environment variable named STORESIGHT_…_URL, found {value}.", value=shown),
            URL_HINT,
        )
    query = keys.text("query", longest=20_000)
    if not query.strip():
        keys.fail(
            "query", N_("is missing."), N_("For example {example}.", example='query = "select * from order_lines"')
        )
    column = keys.text("high_water", longest=100) if increments else ""
    replace_by = keys.choice("replace_by", ("line_id", "order_id", ""), "") if increments else ""
    parameters = set(re.findall(r"(?<![:\w\\]):(\w+)(?!:)", query))
    unknown = parameters - {"high_water"}
    if unknown:
        keys.fail(
            "query",
            N_("has the parameter :{name}; only :high_water is known.", name=min(unknown)),
            N_("Write {colon} for a colon.", colon="\\:"),
        )
    if bool(column) != bool(parameters):
        keys.fail(
            "high_water",
            N_("is named but the query has no :high_water.")
            if column
            else N_("is not named but the query has :high_water."),
            N_("For example {example}.", example='high_water = "updated_at", … where updated_at > :high_water'),
        )
    if replace_by and not column:
        keys.fail("replace_by", N_("means nothing without high_water."))
    return Source("sql", (), url_env=variable, query=query, high_water=column, replace_by=replace_by)

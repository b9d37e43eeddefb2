"""A database as a source: the rows of a query, block by block, through SQLAlchemy and a driver.

The address is in an environment variable that the TOML names, never in the TOML, and no message shows it. The
connection only reads. With a high-water mark the query takes the rows beyond `:high_water`, the greatest mark read
before.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from analytics.errors import SourceError, did_you_mean
from analytics.loading.reading.rows import Block
from analytics.loading.spec import Source

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, TextClause

BLOCK_ROWS = 20_000  # fetched from the server at a time
SILENCE_SECONDS = 600  # without any data, after which the server is given up
INSTALL = "Install requirements-sql.txt."

LOCAL_TIME = pa.timestamp("us")
ZONED_TIME = pa.timestamp("us", "UTC")
DAY = pa.date32()

# PostgreSQL's types, by oid, that are not read as plain text: the Arrow type, and how the server writes a value.
POSTGRES: dict[int, tuple[pa.DataType, str]] = {
    1114: (LOCAL_TIME, "{}::text"),
    1184: (ZONED_TIME, "({} at time zone 'UTC')::text"),
    1082: (DAY, "{}::text"),
    20: (pa.int64(), "{}::text"),
    21: (pa.int64(), "{}::text"),
    23: (pa.int64(), "{}::text"),
    700: (pa.float64(), "{}::text"),
    701: (pa.float64(), "{}::text"),
    1700: (pa.decimal128(38), "{}::text"),  # read as text: no digit is lost
}


@dataclass(frozen=True)
class Mark:
    """A value of the high-water column as text, and its kind: "moment" (without a zone), "instant", "day", "number" or
    "text"."""

    kind: str
    text: str


@dataclass
class HighWater:
    """The greatest mark that was read before, and the greatest after this load."""

    since: Mark | None = None
    reached: Mark | None = None


@dataclass(frozen=True)
class Query:
    """A query that is ready to run: its columns as Arrow types, the statement, and its place in messages."""

    schema: pa.Schema
    statement: TextClause
    where: str
    decimal_mark: bool = False  # the high-water column is a number that is read as text


def has_address(source: Source) -> bool:
    """Whether the environment holds the source's address."""
    return bool(os.environ.get(source.url_env))


def query_of(source: Source, water: HighWater) -> Query:
    """Ask for the columns of a query without reading its rows. SourceError where it cannot run."""
    from sqlalchemy import text

    where = f"the database of {source.url_env}"
    with _connected(source, where) as connection, _faults(source, where, "the query fails"):
        inner = source.query.strip().rstrip(";")
        found = connection.execute(
            _bound(text(f"select * from (\n{inner}\n) as source_rows where 1 = 0"), source, None)
        )
        described: list[tuple[str, Any]] = [(str(d[0]), d[1]) for d in found.cursor.description]
        names = [name for name, _ in described]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise SourceError(
                f"the query gives two columns named {twice[0]!r}.", where=where, hint="Name one otherwise: … as name."
            )
        if source.high_water and source.high_water not in names:
            raise SourceError(
                f"the query has no column {source.high_water!r}.",
                where=f"{where}: high_water",
                hint=did_you_mean(source.high_water, names),
            )
        kinds = {n: POSTGRES.get(oid, (pa.string(), "{}::text")) for n, oid in described}
        if connection.dialect.name != "postgresql":
            kinds = dict.fromkeys(names, (pa.string(), ""))
        schema = pa.schema([(n, pa.string() if pa.types.is_decimal(k) else k) for n, (k, _) in kinds.items()])
        begin = _least(source, kinds) if source.high_water else None
        sql = source.query if connection.dialect.name != "postgresql" else _as_text(inner, kinds, connection)
        decimal = bool(source.high_water) and pa.types.is_decimal(kinds[source.high_water][0])
        return Query(schema, _bound(text(sql), source, _value(water.since) if water.since else begin), where, decimal)


def blocks(source: Source, query: Query, water: HighWater) -> Iterator[Block]:
    """The rows. SourceError where the connection breaks, or a value does not fit the type of its column."""
    number = 1
    greatest = None
    at = query.schema.names.index(source.high_water) if source.high_water else -1
    with _connected(source, query.where) as connection, _faults(source, query.where, "the rows cannot be read"):
        result = connection.execution_options(stream_results=True).execute(query.statement)
        for rows in _fetched(result):
            columns = list(zip(*rows, strict=True))
            table = pa.table(
                [_column(v, f, query) for v, f in zip(columns, query.schema, strict=True)], schema=query.schema
            )
            if at >= 0:
                greatest = _greatest(greatest, columns[at], table.column(at), query.decimal_mark)
            yield Block(table, np.arange(number, number + len(rows), dtype="int64"))
            number += len(rows)
    yield Block(query.schema.empty_table(), np.empty(0, "int64"))
    if source.high_water:
        water.reached = _mark(greatest) if greatest is not None else water.since


def _fetched(result: CursorResult[Any]) -> Iterator[list[Any]]:
    while rows := result.fetchmany(BLOCK_ROWS):
        yield list(rows)


def _column(values: tuple[Any, ...], wanted: pa.Field, query: Query) -> pa.Array:
    texts = pa.array([v if v is None or isinstance(v, str) else str(v) for v in values], pa.string())
    try:
        return texts.cast(LOCAL_TIME).cast(wanted.type) if wanted.type == ZONED_TIME else texts.cast(wanted.type)
    except pa.ArrowException as fault:
        raise SourceError(
            f"column {wanted.name!r} has a value that is not a {wanted.type}.",
            where=query.where,
            hint="Leave such rows out in the query.",
        ) from fault


def _greatest(before: Any, values: tuple[Any, ...], column: pa.ChunkedArray, decimal: bool) -> Any:
    """The greatest mark so far, in the type it has in the database; None where there is none."""
    import pyarrow.compute as pc

    if pa.types.is_string(column.type):
        found = max((Decimal(v) if decimal else v for v in values if v is not None), default=None)
    else:
        found = pc.max(column).as_py()
    marks = [mark for mark in (before, found) if mark is not None]
    return max(marks, default=None)


# --- marks
def _mark(value: Any) -> Mark:
    if isinstance(value, datetime):
        return Mark("instant" if value.tzinfo else "moment", value.isoformat())
    if isinstance(value, date):
        return Mark("day", value.isoformat())
    return Mark("text", value) if isinstance(value, str) else Mark("number", str(value))


def _value(mark: Mark) -> Any:
    if mark.kind in ("moment", "instant"):
        return datetime.fromisoformat(mark.text)
    if mark.kind == "day":
        return date.fromisoformat(mark.text)
    if mark.kind == "number":
        return int(mark.text) if mark.text.lstrip("-").isdigit() else Decimal(mark.text)
    return mark.text


def _least(source: Source, kinds: dict[str, tuple[pa.DataType, str]]) -> Any:
    """A value below any mark of the column's type, from which the first load begins."""
    kind, cast = kinds[source.high_water]
    if kind == ZONED_TIME:
        return datetime(1, 1, 1, tzinfo=UTC)
    if kind == LOCAL_TIME:
        return datetime(1, 1, 1)
    if kind == DAY:
        return date(1, 1, 1)
    return "" if pa.types.is_string(kind) and cast else -(2**63)


def _bound(statement: TextClause, source: Source, value: Any) -> TextClause:
    from sqlalchemy import BigInteger, Date, DateTime, Numeric, String, bindparam, types

    if not source.high_water:
        return statement
    kind: Any = types.NullType()
    if isinstance(value, datetime):
        kind = DateTime(timezone=value.tzinfo is not None)
    elif isinstance(value, date):
        kind = Date()
    elif isinstance(value, int):
        kind = BigInteger()
    elif isinstance(value, Decimal):
        kind = Numeric()
    elif value is not None:
        kind = String()
    return statement.bindparams(bindparam("high_water", value, kind))


def _as_text(query: str, kinds: dict[str, tuple[pa.DataType, str]], connection: Connection) -> str:
    """The same rows with every value converted to text by the server, which is much faster than a driver in Python."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    columns = ", ".join(f"{cast.format(quote(n))} as {quote(n)}" for n, (_, cast) in kinds.items())
    return f"select {columns} from (\n{query}\n) as source_rows"


# --- connections
@contextmanager
def _connected(source: Source, where: str) -> Iterator[Connection]:
    """A read-only connection, closed at the end."""
    try:
        from sqlalchemy import create_engine, event
        from sqlalchemy.pool import NullPool
    except ImportError as fault:
        raise SourceError("a database needs the package SQLAlchemy.", where=where, hint=INSTALL) from fault
    address = _address(source)
    with _faults(source, where, "cannot connect"):
        options = _options(address)
        try:
            engine = create_engine(
                address.difference_update_query(["sslmode"] if options else []),
                poolclass=NullPool,
                connect_args=options,
                hide_parameters=True,
            )
        except ImportError as fault:
            raise SourceError(
                f"the driver {address.drivername!r} is not installed.", where=where, hint=INSTALL
            ) from fault
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda raw, _: raw.execute("pragma query_only = on"))
        connection = engine.connect()
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(postgresql_readonly=True)
    try:
        yield connection
    finally:
        with suppress(Exception):  # the connection may already be lost; an error has been raised
            connection.close()
        engine.dispose()


def _address(source: Source) -> URL:
    """The address in the environment, with an installed driver where it names none."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    given = os.environ.get(source.url_env, "")
    if not given:
        raise SourceError(
            f"{source.url_env} is not set.",
            where="source.url_env",
            hint="Set it to the address of the database: postgresql://user:password@host/name.",
        )
    try:
        address = make_url(given)
    except (ArgumentError, ValueError):
        raise SourceError(
            "its value is not the address of a database.",
            where=source.url_env,
            hint="Expected postgresql://user:password@host:port/name.",
        ) from None
    if address.drivername in ("postgres", "postgresql"):
        address = address.set(drivername=f"postgresql+{'psycopg' if find_spec('psycopg') else 'pg8000'}")
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        raise SourceError("no such SQLite file.", where=source.url_env, hint="Expected sqlite:////folder/file.db.")
    return address


def _options(address: URL) -> dict[str, Any]:
    """Options for pg8000 besides the address; other drivers understand sslmode themselves."""
    if address.drivername != "postgresql+pg8000":
        return {}
    mode = str(address.query.get("sslmode", ""))
    return {"timeout": SILENCE_SECONDS} | ({"ssl_context": _encryption(mode)} if mode not in ("", "disable") else {})


def _encryption(mode: str) -> ssl.SSLContext:
    """As libpq's sslmode: `require` encrypts, `verify-ca` and `verify-full` also check the server's certificate."""
    context = ssl.create_default_context()
    context.check_hostname = mode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if mode.startswith("verify") else ssl.CERT_NONE
    return context


@contextmanager
def _faults(source: Source, where: str, what: str) -> Iterator[None]:
    """Turns any database failure into an error that reveals no secret."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SourceError:
        raise
    except (SQLAlchemyError, OSError, EOFError) as fault:
        raise SourceError(
            f"{what}: {_reason(fault, source)}.", where=where, hint="Check the query and the server."
        ) from None
    except Exception as fault:
        if type(fault).__module__.split(".")[0] not in ("pg8000", "psycopg", "sqlite3", "struct"):
            raise
        raise SourceError(f"{what}: {_reason(fault, source)}.", where=where, hint="Check the server.") from None


def _reason(fault: BaseException, source: Source) -> str:
    """What the server reported, shortened, without address and password."""
    from sqlalchemy import make_url

    cause: Any = getattr(fault, "orig", None) or fault
    report = cause.args[0] if getattr(cause, "args", None) else cause
    if isinstance(report, dict):  # pg8000 keys its report by PostgreSQL's field letters
        report = report.get("M", report)
    text = " ".join(str(report).split()).rstrip(".")
    given = os.environ.get(source.url_env, "")
    for secret in (given, make_url(given).password if given else None):
        if secret:
            text = text.replace(str(secret), "…")
    return text[:300] or type(cause).__name__

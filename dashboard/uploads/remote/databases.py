"""Tables of a PostgreSQL database, for whoever may add data: copied into files once, over a connection that only reads.

Only from hosts that the owner's settings name with their port (db.example.com:5432), and from private networks only
where the IP address is named too. Which tables are order lines, and how they belong together, is found out as it is
for files.
"""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pyarrow.parquet as pq

from analytics.errors import RequestError, SourceError, TooLarge, did_you_mean
from analytics.language import N_
from analytics.loading.reading.database import HighWater, blocks, query_of
from analytics.loading.reading.rows import Block
from analytics.loading.spec import Source
from dashboard.outgoing import is_public
from dashboard.uploads.folder import MOST_FILES, safe_name

SCHEMES = ("postgresql", "postgres")
PORT = 5432
MODES = ("", "disable", "require", "verify-ca", "verify-full")
LONGEST_SECONDS = 300  # for all tables
MOST_NAMED = 60  # tables that a message names
FORM = "postgresql://user:password@host/name"
_KEY = "ADDRESS"  # under which the reader finds the address in the environment of this process
_TABLES = """select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema')
  and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
order by 1, 2"""


@dataclass(frozen=True)
class Database:
    """The address of a database that may be read."""

    host: str
    port: int
    name: str
    user: str
    password: str
    mode: str  # of encryption, as libpq's sslmode

    @property
    def shown(self) -> str:
        """Host and name, for messages: the rest holds a password."""
        return f"{self.host}/{self.name}"

    def url(self, host: str) -> str:
        """The whole address, with this host."""
        ip = f"[{host}]" if ":" in host else host
        query = f"?sslmode={self.mode}" if self.mode else ""
        who = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"postgresql://{who}@{ip}:{self.port}/{quote(self.name, safe='')}{query}"


def is_database(text: str) -> bool:
    """Whether an address is one of a database."""
    return text.strip().partition("://")[0].lower() in SCHEMES


def checked(text: str, hosts: Collection[str]) -> Database:
    """The address of a database on one of the hosts. RequestError for any other, whose message shows no password."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port or PORT
    except ValueError:
        raise RequestError(
            N_("this is not the address of a database."), hint=N_("Expected {form}.", form=FORM)
        ) from None
    options = parse_qs(parts.query, keep_blank_values=True)
    name, host = unquote(parts.path.removeprefix("/")), parts.hostname or ""
    mode = options.get("sslmode", [""])[-1]
    if not (host and name and parts.username) or "/" in name or set(options) - {"sslmode"} or mode not in MODES:
        raise RequestError(
            N_("this is not the address of a database."),
            hint=N_("Expected {form}, with ?sslmode=require at most.", form=FORM),
        )
    if f"{host}:{port}" not in hosts:
        raise RequestError(
            N_("databases may not be read from {host}.", host=f"{host[:80]}:{port}"),
            hint=N_("Ask an administrator to add it, with its port, to STORESIGHT_UPLOAD_HOSTS."),
        )
    user, password = unquote(parts.username), unquote(parts.password or "")
    return Database(host, port, name, user, password, mode)


def copied(text: str, hosts: Collection[str], wanted: Sequence[str], folder: Path, most_bytes: int) -> list[Path]:
    """Copy tables into files of a folder: those that are `wanted`, or all where none is named; those without rows are
    left out. RequestError, SourceError and TooLarge say why not."""
    database = checked(text, hosts)
    ends = time.monotonic() + LONGEST_SECONDS
    with _reached(database, hosts):
        tables = _chosen(_tables(), wanted)
        paths: list[Path] = []
        for schema, table in tables:
            path = folder / safe_name(f"{table}.parquet", [p.name for p in paths])
            left = most_bytes - sum(p.stat().st_size for p in paths)
            if _copy(f"select * from {_quoted(schema)}.{_quoted(table)}", path, left, ends):
                paths.append(path)
    if not paths:
        raise SourceError(N_("there is no table with rows that may be read."), where=database.shown)
    return paths


@contextmanager
def _reached(database: Database, hosts: Collection[str]) -> Iterator[None]:
    """Make the address known to the reader; errors name the database, and nothing else of its address."""
    try:
        found = [
            str(where[0]) for *_, where in socket.getaddrinfo(database.host, database.port, type=socket.SOCK_STREAM)
        ]
    except OSError as fault:
        raise SourceError(
            N_("the server cannot be reached: {reason}.", reason=str(fault.strerror)), where=database.shown
        ) from fault
    allowed = [ip for ip in found if ip in hosts or is_public(ip)]
    if not allowed:
        raise SourceError(
            N_("the host is in a private network."),
            where=database.shown,
            hint=N_("If that is intended, add its address to STORESIGHT_UPLOAD_HOSTS too."),
        )
    os.environ[_KEY] = database.url(database.host if database.mode == "verify-full" else allowed[0])
    try:
        yield
    except SourceError as fault:
        raise SourceError(fault.text, where=database.shown, hint=N_("Check the address and the server.")) from None
    finally:
        del os.environ[_KEY]


def _rows(query: str) -> Iterator[Block]:
    source = Source("sql", (), url_env=_KEY, query=query)
    water = HighWater()
    return blocks(source, query_of(source, water), water)


def _tables() -> list[tuple[str, str]]:
    return [(row["nspname"], row["relname"]) for block in _rows(_TABLES) for row in block.table.to_pylist()]


def _chosen(tables: Sequence[tuple[str, str]], wanted: Sequence[str]) -> list[tuple[str, str]]:
    """The tables to copy; a name may begin with its schema. RequestError where that is not clear."""
    names = [name if schema == "public" else f"{schema}.{name}" for schema, name in tables]
    known = dict(zip(names, tables, strict=True))
    for name in wanted:
        if name not in known:
            raise RequestError(
                N_("there is no table {name} that may be read.", name=name[:80]), hint=did_you_mean(name, names)
            )
    chosen = wanted or names
    if len(chosen) > MOST_FILES:
        shown = ", ".join(names[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")
        raise RequestError(
            N_("there are {count} tables, and at most {most} can be read.", count=len(names), most=MOST_FILES),
            hint=N_("Name those of orders, their lines, customers and products. The tables: {names}.", names=shown),
        )
    return [known[name] for name in dict.fromkeys(chosen)]


def _quoted(name: str) -> str:
    """A name in SQL text; a colon would begin a parameter."""
    doubled = name.replace('"', '""')
    return '"' + re.sub(r"(?<!\\):", r"\\:", doubled) + '"'


def _copy(query: str, path: Path, most_bytes: int, ends: float) -> int:
    """Write the rows of a query to a file; how many they are. No file is left where there are none."""
    writer: pq.ParquetWriter | None = None
    rows = 0
    try:
        for block in _rows(query):
            if not block.table.num_rows:
                continue
            if writer is None:
                writer = pq.ParquetWriter(path, block.table.schema)
            writer.write_table(block.table)
            rows += block.table.num_rows
            if path.stat().st_size > most_bytes:
                raise TooLarge(
                    N_("the tables have more than {most} MB.", most=most_bytes // 2**20),
                    hint=N_("Name fewer tables, or ask an administrator to raise STORESIGHT_UPLOAD_MB."),
                )
            if time.monotonic() > ends:
                raise SourceError(
                    N_("the tables take longer than {minutes:minute|minutes}.", minutes=LONGEST_SECONDS // 60)
                )
    finally:
        if writer is not None:
            writer.close()
    return rows


def names_of(text: str) -> list[str]:
    """The tables that somebody typed, separated by commas or white space."""
    return [name for name in re.split(r"[,\s]+", text) if name]

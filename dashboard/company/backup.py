"""The whole state store as JSON lines, and back: `python -m dashboard backup FILE` and `restore FILE`.

The first line says of which migration the tables are; each other line is one row. A backup holds no password and no
session token that could be used, but the hashes of passwords: keep it as safe as the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from analytics.errors import StateError
from dashboard.company.state import State
from dashboard.company.tables import METADATA

LONGEST_LINE = 1_000_000
ROWS_AT_ONCE = 500


def dump(state: State) -> Iterator[str]:
    """The lines of a backup, all of one moment."""
    with state.read() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield json.dumps({"storesight": "state", "migration": _migration(connection)})
        for table in METADATA.sorted_tables:
            keys = list(table.primary_key.columns)
            for row in connection.execute(sa.select(table).order_by(*keys)).mappings():
                yield json.dumps({"table": table.name, "row": dict(row)}, ensure_ascii=False)


def restore(state: State, lines: Iterable[str]) -> int:
    """Fill an empty store with the rows of a backup; how many there were. StateError where the store is not empty, or
    the backup cannot be read or is of another migration; then nothing has changed."""
    tables = {table.name: table for table in METADATA.sorted_tables}
    count = 0
    with state.write() as connection:
        filled = [
            n for n, t in tables.items() if connection.execute(sa.select(sa.literal(1)).select_from(t).limit(1)).first()
        ]
        if filled:
            raise StateError(
                f"the state store is not empty: there are rows in {', '.join(filled)}.", hint="Restore into a new one."
            )
        for number, line in enumerate(lines, 1):
            about = _read(line, number)
            if number == 1:
                _check(about, _migration(connection))
                continue
            table = tables.get(str(about.get("table")))
            row = about.get("row")
            if table is None or not isinstance(row, dict) or set(row) != set(table.columns.keys()):
                raise StateError("this is no row of the state store.", where=f"line {number}")
            try:
                connection.execute(table.insert().values(**row))
            except sa.exc.SQLAlchemyError as fault:
                raise StateError("this row breaks a rule of its table.", where=f"line {number}") from fault
            count += 1
        if not count:
            raise StateError("the backup has no rows.", hint="Is it the right file?")
        _count_on(connection)
    return count


def _read(line: str, number: int) -> dict[str, Any]:
    try:
        about = json.loads(line[:LONGEST_LINE])
    except ValueError:
        about = None
    if not isinstance(about, dict):
        raise StateError("this is no line of a backup.", where=f"line {number}")
    return about


def _check(about: dict[str, Any], migration: str) -> None:
    if about.get("storesight") != "state":
        raise StateError("this is no backup of a state store.", where="line 1")
    if about.get("migration") != migration:
        raise StateError(
            f"the backup is of migration {str(about.get('migration'))[:40]}, this program has {migration}.",
            hint="Restore it with the version of Storesight that made it, then start this one.",
        )


def _migration(connection: sa.Connection) -> str:
    found: str = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    return found


def _count_on(connection: sa.Connection) -> None:
    """Let PostgreSQL number new rows after the restored ones; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in METADATA.sorted_tables:
        if "id" in table.columns and table.columns["id"].primary_key:
            newest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            connection.execute(sa.select(sa.func.setval(sequence, newest, False)))

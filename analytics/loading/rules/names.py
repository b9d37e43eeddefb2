"""Names that the author of a TOML gives: of data sets, dimensions, joins, extra tables, checks and variants."""

from __future__ import annotations

import re

from analytics.keys import Keys
from analytics.language import N_

NAME = r"[a-z][a-z0-9_]{0,39}"


def check_name(table: Keys, name: str) -> None:
    """CatalogError where a key of the table cannot be a name."""
    if not re.fullmatch(NAME, name):
        table.fail(
            name[:40], N_("a name has small letters, digits and underscores, a letter first; at most 40 of them.")
        )


def named_tables(table: Keys) -> list[tuple[str, Keys]]:
    """The tables in a table, with their names. CatalogError where a key is no name, or its value no table."""
    names = [name for name, _ in table.items()]
    for name in names:
        check_name(table, name)
    return [(name, table.table(name)) for name in names]

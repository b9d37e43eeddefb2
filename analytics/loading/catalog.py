"""The catalog: which data sets are declared, and what each TOML declares. No source file is read here.

A TOML is untrusted: every key is known and every value is typed and bounded, or a CatalogError names file and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from analytics.errors import CatalogError
from analytics.keys import Keys, toml_fault
from analytics.language import N_
from analytics.loading.rules.dimensions import check_mapped
from analytics.loading.rules.names import NAME, named_tables
from analytics.loading.rules.packs import read_pack
from analytics.loading.rules.parts import check_repeated, read_parts
from analytics.loading.rules.profile import read_profile
from analytics.loading.rules.tables import read_cleaning, read_extra_table, read_join, read_rates
from analytics.loading.spec import OF_ORDERS, Spec
from analytics.schema import FIELDS

LARGEST_TOML = 256 * 1024  # bytes
MOST_KEY_PARTS = 10  # parts of a dotted key; tables.stock.fields.date.column has five
_STRING_OR_COMMENT = re.compile(  # closing quotes are optional, so that each character is examined only once
    r"""
    "{3} (?: \\. | [^\\"] | "(?!"") )*+ (?:"{3,5})?
    | '{3} (?: [^'] | '(?!'') )*+ (?:'{3,5})?
    | " (?: \\. | [^"\\\n] )*+ "?
    | ' [^'\n]*+ '?
    | \# [^\n]*+
    """,
    re.DOTALL | re.VERBOSE,
)
_DEEP_KEY = re.compile(rf"(?<![\w-])(?:[\w-]++[ \t]*+\.[ \t]*+){{{MOST_KEY_PARTS}}}")

SOURCE_FIELDS = tuple(f.name for f in FIELDS.values() if not f.derived)


def find(folders: Iterable[Path]) -> dict[str, Spec | CatalogError]:
    """The data sets that the folders' TOML files declare, by name. A file that is wrong, and a second one of the same
    name, gives its error; subfolders are not searched.

    CatalogError where a folder does not exist.
    """
    found: dict[str, Spec | CatalogError] = {}
    for folder in folders:
        if not folder.is_dir():
            raise CatalogError(
                N_("no such folder."), where=str(folder), hint=N_("Correct STORESIGHT_CATALOG or make the folder.")
            )
        for path in sorted(folder.glob("*.toml")):
            if path.stem in found:
                found[path.stem] = CatalogError(
                    N_("a second data set is named {name}.", name=repr(path.stem)),
                    where=str(path),
                    hint=N_("Rename one file."),
                )
                continue
            try:
                found[path.stem] = load(path)
            except CatalogError as fault:
                found[path.stem] = fault
    return found


def load(path: Path) -> Spec:
    """Read and check one TOML file. CatalogError names file and key."""
    where = path.name
    if not re.fullmatch(NAME, path.stem):
        raise CatalogError(
            N_("a data set is named by its file: small letters, digits and underscores, a letter first."),
            where=where,
            hint=N_("Rename the file."),
        )
    try:
        return _spec(Keys(_parsed(path), where), path)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as fault:
        # No value may get this far; if one does, the other data sets must still load.
        raise CatalogError(N_("cannot be understood: {fault}.", fault=str(fault)), where=where) from fault


def _parsed(path: Path) -> dict[str, Any]:
    """The tables of one TOML file. The time and memory of the parser are bounded: by the size of the file and by the
    parts of a key, since tomllib needs 5 s and 0.9 GB for one key of 15,000 parts."""
    where = path.name
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TOML + 1)
        if len(content) > LARGEST_TOML:
            raise CatalogError(
                N_("the file is over {most} kB.", most=LARGEST_TOML // 1024),
                where=where,
                hint=N_("A data set's TOML is short."),
            )
        text = content.decode("utf-8").replace("\r\n", "\n")
        deep = _DEEP_KEY.search(_STRING_OR_COMMENT.sub("s", text))
        if deep:
            raise CatalogError(
                N_("the key {key}… has more than {most} parts.", key=deep[0][:30], most=MOST_KEY_PARTS),
                where=where,
                hint=N_("Shorten the key."),
            )
        return tomllib.loads(text)
    except OSError as fault:
        raise CatalogError(N_("cannot be read: {fault}.", fault=fault.strerror), where=where) from fault
    except (ValueError, RecursionError) as fault:  # tomllib raises a plain ValueError for an integer of 5,000 digits
        raise CatalogError(N_("is not valid TOML: {fault}.", fault=toml_fault(fault)), where=where) from fault


def _spec(top: Keys, path: Path) -> Spec:
    profile = read_profile(top, path)
    joins = tuple(read_join(name, table) for name, table in named_tables(top.table("join")))
    own = profile.dimensions
    first, *others = read_parts(top, [*SOURCE_FIELDS, *(f.name for f in own)])
    fields = first.fields
    check_mapped(top.table("dimensions"), own, [name for part in (first, *others) for name in part.fields])
    if profile.region_groups and "region" not in fields:
        top.fail("region_groups", N_("there is no field 'region' to group."), N_("Declare it in [fields]."))
    if profile.region_groups and "region_group" in fields:
        top.fail("region_groups", N_("the field 'region_group' is in [fields] too."), N_("Declare it in one place."))
    for part in (first, *others):
        check_repeated(part, joins, top)
    shared = any(name in OF_ORDERS for part in (first, *others) for name, _ in part.refunds.rules)
    profile = replace(profile, refunds_shared=shared)
    tables = tuple(read_extra_table(name, table, profile) for name, table in named_tables(top.table("tables")))
    rates = read_rates(top.table("rates"))
    cleaning = read_cleaning(top.table("cleaning"))
    pack = read_pack(top.table("pack"), path)
    top.finish()
    return Spec(
        path.stem,
        path,
        profile,
        first.source,
        fields,
        joins,
        tables,
        rates,
        first.refunds,
        cleaning,
        tuple(others),
        first.checks,
        pack,
    )

"""The table [pack] of a TOML: by which columns the files of a platform are recognised, and what they cannot tell."""

from __future__ import annotations

from pathlib import Path

from analytics.keys import Keys
from analytics.language import N_
from analytics.loading.rules.names import named_tables
from analytics.loading.spec import Pack, PackJoin, Variant
from analytics.loading.written.toml_text import TomlText

MOST_COLUMNS = 500
MOST_VARIANTS = 4


def read_pack(keys: Keys, path: Path) -> Pack | None:
    """The pack that a TOML file is; None where it has no table [pack]. CatalogError names the key that is wrong, or a
    value outside [pack] that goes on in the next line: a pack is changed line by line for each file."""
    if not keys.data:
        return None
    rest = TomlText(path.read_text("utf-8").replace("\r\n", "\n"))
    rest.drop(is_of_pack)
    if broken := rest.broken():
        keys.fail(
            "",
            N_("the line {line} is not complete.", line=repr(broken.strip()[:60])),
            N_("In a pack, write each value on one line."),
        )
    fingerprint = _columns(keys, "fingerprint")
    if len(fingerprint) < 2:
        keys.fail(
            "fingerprint", N_("names fewer than two columns."), N_("Name columns that no other file has together.")
        )
    aliases = keys.table("aliases")
    variants = named_tables(keys.table("variants"))
    found = Pack(
        keys.text("title", longest=80),
        fingerprint,
        _columns(keys, "required"),
        _columns(keys, "optional"),
        _columns(keys, "columns"),
        {column: aliases.texts(column, longest=100, most=30) for column, _ in aliases.items()},
        keys.texts("cannot", longest=400, most=20),
        keys.text("refuse", longest=400),
        _columns(keys, "totals"),
        tuple(_variant(name, table) for name, table in variants),
        {name: _join(table) for name, table in named_tables(keys.table("joins"))},
        channel=keys.text("channel", longest=30),
        alone=keys.text("alone", longest=200),
    )
    if len(found.variants) > MOST_VARIANTS:
        keys.fail("variants", N_("has more than {most}.", most=MOST_VARIANTS))
    for column in found.aliases:
        if column not in found.known:
            keys.fail(
                "aliases",
                N_("{column} is none of the columns.", column=repr(column)),
                N_("Name it in required, optional or columns."),
            )
    keys.finish()
    return found


def _join(keys: Keys) -> PackJoin:
    packs = keys.texts("packs", longest=80, most=10)
    if not packs:
        keys.fail(
            "packs",
            N_("is missing."),
            N_("Name the packs that know such a file: {example}.", example='packs = ["till_payments"]'),
        )
    found = PackJoin(packs, keys.text("without", longest=400))
    keys.finish()
    return found


def is_of_pack(table: str) -> bool:
    """Whether a table is [pack] or within it."""
    return table.split(".")[0] == "pack"


def _columns(keys: Keys, key: str) -> tuple[str, ...]:
    return keys.texts(key, longest=100, most=MOST_COLUMNS)


def _variant(name: str, keys: Keys) -> Variant:
    because = keys.text("because", longest=200)
    values = keys.table("set")
    found = {place: values.text(place, longest=1000) for place, _ in values.items()}
    keys.finish()
    return Variant(name, because, found)

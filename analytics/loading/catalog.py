"""The catalog: which data sets are declared, and what each TOML declares. No source file is read here.

A TOML is untrusted: every key is known and every value is typed and bounded, or a CatalogError names file and key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo, available_timezones

from analytics.errors import CatalogError, did_you_mean
from analytics.keys import Keys
from analytics.loading.dimension_rules import NAME, check_mapped, read_dimensions
from analytics.loading.field_rules import read_fields, read_formula, read_rule
from analytics.loading.pack_rules import read_pack
from analytics.loading.source_rules import read_source
from analytics.loading.spec import (
    FIRST_YEAR,
    LAST_YEAR,
    OPTIONAL_COLUMNS,
    REFUND_COLUMNS,
    Check,
    Cleaning,
    Join,
    Part,
    Refunds,
    Rule,
    Spec,
    Table,
)
from analytics.methods.alarms.alerts import read_alerts
from analytics.profile import EngineChoice, EngineKind, Profile
from analytics.schema import EXTRA_TABLES, FIELDS, MONTHS, REQUIRED, WEEKDAYS

LARGEST_TOML = 256 * 1024  # bytes
MOST_SOURCES = 50
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

ALERTED = (
    "revenue",
    "gross",
    "refunds",
    "orders",
    "units",
)  # metrics that can be added up by day, so that any grain works
PLATFORMS = ("shopify", "woocommerce", "amazon", "square")  # whose words the ledger can be told in
MASTER = r"(spark://[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*|local(\[(\d{1,3}|\*)\])?|yarn)?"  # of a Spark cluster
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
                "no such folder.", where=str(folder), hint="Correct STORESIGHT_CATALOG or make the folder."
            )
        for path in sorted(folder.glob("*.toml")):
            if path.stem in found:
                found[path.stem] = CatalogError(
                    f"a second data set is named {path.stem!r}.", where=str(path), hint="Rename one file."
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
            "a data set is named by its file: small letters, digits and underscores, a letter first.",
            where=where,
            hint="Rename the file.",
        )
    try:
        return _spec(Keys(_parsed(path), where), path)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as fault:
        # No value may get this far; if one does, the other data sets must still load.
        raise CatalogError(f"cannot be understood: {fault}.", where=where) from fault


def _parsed(path: Path) -> dict[str, Any]:
    """The tables of one TOML file. The time and memory of the parser are bounded: by the size of the file and by the
    parts of a key, since tomllib needs 5 s and 0.9 GB for one key of 15,000 parts."""
    where = path.name
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_TOML + 1)
        if len(content) > LARGEST_TOML:
            raise CatalogError(
                f"the file is over {LARGEST_TOML // 1024} kB.", where=where, hint="A data set's TOML is short."
            )
        text = content.decode("utf-8").replace("\r\n", "\n")
        deep = _DEEP_KEY.search(_STRING_OR_COMMENT.sub("s", text))
        if deep:
            raise CatalogError(
                f"the key {deep[0][:30]}… has more than {MOST_KEY_PARTS} parts.", where=where, hint="Shorten the key."
            )
        return tomllib.loads(text)
    except OSError as fault:
        raise CatalogError(f"cannot be read: {fault.strerror}.", where=where) from fault
    except (ValueError, RecursionError) as fault:  # tomllib raises a plain ValueError for an integer of 5,000 digits
        raise CatalogError(f"is not valid TOML: {fault}.", where=where) from fault


def _spec(top: Keys, path: Path) -> Spec:
    profile = _profile(top, path)
    joins = tuple(_join(name, table) for name, table in _named_tables(top.table("join")))
    own = profile.dimensions
    first, *others = _parts(top, [*SOURCE_FIELDS, *(f.name for f in own)])
    fields = first.fields
    check_mapped(top.table("dimensions"), own, [name for part in (first, *others) for name in part.fields])
    if profile.region_groups and "region" not in fields:
        top.fail("region_groups", "there is no field 'region' to group.", "Declare it in [fields].")
    if profile.region_groups and "region_group" in fields:
        top.fail("region_groups", "the field 'region_group' is in [fields] too.", "Declare it in one place.")
    tables = tuple(_extra_table(name, table, profile) for name, table in _named_tables(top.table("tables")))
    rates = _rates(top.table("rates"))
    cleaning = _cleaning(top.table("cleaning"))
    pack = read_pack(top.table("pack"))
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


def _parts(top: Keys, known: Sequence[str]) -> list[Part]:
    """The sources of order lines, with fields among `known`. With several, [fields], [refunds] and the tables of the
    shape are those of each that has none of its own; a field of its own stands in place of the one that all have."""
    tables = top.tables("source", most=MOST_SOURCES)
    if len(tables) == 1:
        source = read_source(tables[0], increments=True, lines=True, shape=top)
        fields = read_fields(top.table("fields"), known, REQUIRED)
        part = Part(source, fields, _refunds(top.table("refunds")), _checks(top.table("checks")))
        _check_part(part, tables[0])
        return [part]
    parts = []
    for keys in tables:
        shape = keys if any(table in keys for table in ("rows", "explode", "pivot")) else top
        source = read_source(keys, alone=False, lines=True, shape=shape)
        given = {**top.table("fields").data, **keys.table("fields").data}
        fields = read_fields(Keys(given, keys.file, f"{keys.path}.fields"), known, REQUIRED)
        refunds = _refunds((keys if "refunds" in keys else top).table("refunds"))
        checks = _checks((keys if "checks" in keys else top).table("checks"))
        keys.finish()
        parts.append(Part(source, fields, refunds, checks))
        _check_part(parts[-1], keys)
    for table in ("rows", "explode", "pivot"):
        top.table(table)  # known, though every source may have its own
    return parts


def _checks(table: Keys) -> tuple[Check, ...]:
    """Equations that the file must obey, by names of the author's own."""
    found = []
    for name, keys in _named_tables(table):
        lines, order, line = (read_formula(keys, key) for key in ("lines", "order", "line"))
        equals = order or line
        if lines is None or equals is None or (order and line):
            keys.fail(
                "" if lines else "lines",
                "does not say what is compared.",
                'For example { lines = "amount", order = "[Subtotal]" }, or line in place of order.',
            )
        keys.finish()
        found.append(Check(name, lines, equals, order is not None))
    return tuple(found)


def _check_part(part: Part, keys: Keys) -> None:
    """CatalogError where a source and its fields do not go together."""
    source, order = part.source, part.fields["order_id"]
    if source.replace_by and source.replace_by not in part.fields:
        keys.fail("replace_by", f"there is no field {source.replace_by!r}.", "Declare it in [fields].")
    if source.high_water and any(rule.row for rule in part.fields.values()):
        keys.fail(
            "high_water", "a field is the row's number, which begins again with each load.", "Let the query give it."
        )
    of_orders = [name for name, rule in part.rules.items() if rule.order]
    of_orders += [f"check {check.name}" for check in part.checks if check.of_order]
    if (of_orders or (source.replace_by and source.kind != "sql")) and not order.columns:
        what = f"{of_orders[0]} is the order's" if of_orders else "orders replace each other"
        keys.fail("", f"{what}, but order_id names no column.", "Name the column of the order's number.")
    pivot = source.shape.pivot
    if pivot and (source.replace_by or of_orders):
        what = "replace_by" if source.replace_by else f"{of_orders[0]} as a value of the order"
        keys.fail(
            "", f"{what} cannot stand with pivot.", "An amount that stands on rows of its own is a name in pivot."
        )


def _profile(top: Keys, path: Path) -> Profile:
    title = top.text("title", longest=80)
    if not title:
        top.fail("title", "is missing.", 'For example title = "Corner Shop".')
    zone = top.text("time_zone", "UTC", longest=60)
    if zone not in available_timezones():
        top.fail("time_zone", f"unknown time zone {zone!r}.", did_you_mean(zone, available_timezones()))
    ZoneInfo(zone)
    view = top.text("default_view").removeprefix("?")
    try:
        parse_qsl(view, strict_parsing=bool(view), max_num_fields=50)
    except ValueError as fault:
        top.fail("default_view", f"is not a query string: {fault}.", 'For example "range=last_12m&compare=year".')
    return Profile(
        name=path.stem,
        title=title,
        description=top.text("description", longest=2000),
        currency=top.text("currency", "USD", pattern="[A-Z]{3}", like='"USD"'),
        locale=top.text("locale", "en-US", pattern=r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", like='"en-US"'),
        time_zone=zone,
        week_start=_day_of_week(top),
        fiscal_start=_fiscal_start(top),
        data_from=_data_from(top),
        data_until=_covered(top, "data_until"),
        default_view=view,
        value_tiers=_tiers(top.table("value_tiers")),
        rfm_rule=top.choice("rfm_rule", ("quantile", "report"), "quantile"),
        active_days=top.integer("active_days", 365, least=1, most=3650),
        alerts=tuple(asdict(r) for r in read_alerts(top.rows("alerts"), file=path.name, metrics=ALERTED)),
        refresh=top.text("refresh", pattern=r"([1-9]\d{0,3}[mhd])?", like='"15m"'),
        region_groups=_region_groups(top.table("region_groups")),
        engine=_engine(top.table("engine")),
        dimensions=read_dimensions(top.table("dimensions")),
        **_ledger(top.table("ledger")),
    )


def _ledger(keys: Keys) -> dict[str, Any]:
    """How the data set's ledger is to be read and told."""
    found = {
        "tax_inside": keys.choice("tax", ("on_top", "inside"), "on_top") == "inside",
        "ledger_words": keys.choice("words", ("", *PLATFORMS), ""),
    }
    keys.finish()
    return found


def _data_from(top: Keys) -> str:
    """The first day that the data cover; CatalogError where it lies after the last complete one."""
    first = _covered(top, "data_from")
    until = _covered(top, "data_until")
    if first and until and first > until:
        top.fail("data_from", f"{first} is after data_until, {until}.", "Exchange the two, or remove one.")
    return first


def _covered(top: Keys, key: str) -> str:
    """A day that data may cover, "" where the key is absent."""
    day = top.day(key)
    if day and not FIRST_YEAR <= int(day[:4]) <= LAST_YEAR:
        top.fail(key, f"expected a day of the years {FIRST_YEAR} to {LAST_YEAR}, found {day}.")
    return day


def _engine(keys: Keys) -> EngineChoice:
    kind = cast(EngineKind, keys.choice("kind", get_args(EngineKind), "embedded"))
    memory = keys.text("memory", EngineChoice.memory, pattern=r"[1-9]\d{0,4}(MB|GB)", like='"4GB"')
    master = keys.text("master", longest=300, pattern=MASTER, like='"spark://cluster.example:7077"')
    cores = keys.integer("cores", 0, least=0, most=100_000)
    if kind == "spark" and not master:
        keys.fail("master", "is missing.", 'Name the cluster: master = "spark://cluster.example:7077".')
    keys.finish()
    return EngineChoice(kind, memory, master, cores)


def _day_of_week(top: Keys) -> int:
    return [d.lower() for d in WEEKDAYS].index(top.choice("week_start", [d.lower() for d in WEEKDAYS], "monday"))


def _fiscal_start(top: Keys) -> int:
    return [m.lower() for m in MONTHS].index(
        top.choice("fiscal_year_start", [m.lower() for m in MONTHS], "january")
    ) + 1


def _tiers(table: Keys) -> tuple[tuple[str, float], ...]:
    tiers = [(n, float("-inf") if v == "below" else table.as_number(n, v)) for n, v in table.items()]
    if not tiers:
        return ()
    tiers.sort(key=lambda tier: -tier[1])
    if len({v for _, v in tiers}) < len(tiers) or tiers[-1][1] != float("-inf"):
        table.fail(
            "",
            'each tier must begin at another amount, and one must be "below".',
            'For example { High = 1000, Low = "below" }.',
        )
    return tuple(tiers)


def _region_groups(table: Keys) -> dict[str, tuple[str, ...]]:
    """Regions by group; no region is in two groups."""
    groups = {name: table.texts(name) for name, _ in table.items()}
    group_of: dict[str, str] = {}
    for name, regions in groups.items():
        if not name.strip():
            table.fail(name, "a group needs a name.")
        for region in regions:
            if group_of.setdefault(region, name) != name:
                table.fail(name, f"{region!r} is in the group {group_of[region]!r} too.", "Keep it in one of them.")
    return groups


def _named_tables(table: Keys) -> list[tuple[str, Keys]]:
    names = [name for name, _ in table.items()]
    for name in names:
        if not re.fullmatch(NAME, name):
            table.fail(name[:40], "a name has small letters, digits and underscores, a letter first.")
    return [(name, table.table(name)) for name in names]


def _join(name: str, keys: Keys) -> Join:
    source = read_source(keys, alone=False)
    on: list[tuple[str, str]]
    if isinstance(keys.data.get("on"), dict):
        table = keys.table("on")
        on = [(ours, table.text(ours, longest=100)) for ours, _ in table.items()]
    else:
        on = [(column, column) for column in keys.texts("on", longest=100, most=10)]
    if not on:
        keys.fail(
            "on", "is missing.", 'Name the key column, for example on = "product_code" or on = { product = "code" }.'
        )
    repeated = keys.choice("repeated_keys", ("error", "first", "sum"), "error")
    keys.finish()
    return Join(name, source, tuple(on), repeated)


def _extra_table(name: str, keys: Keys, profile: Profile) -> Table:
    if name not in EXTRA_TABLES:
        keys.fail("", "no such table.", did_you_mean(name, EXTRA_TABLES))
    source = read_source(keys, alone=False)
    needed = EXTRA_TABLES[name]
    dimensions = [n for n, f in profile.fields.items() if f.dimension and not f.derived]
    fields = read_fields(keys.table("fields"), [*needed, *OPTIONAL_COLUMNS.get(name, ()), *dimensions], needed)
    keys.finish()
    return Table(name, source, fields)


def _rates(table: Keys) -> dict[str, tuple[tuple[str, float], ...]]:
    rates = {}
    for code, value in table.items():
        if not re.fullmatch("[A-Z]{3}", code):
            table.fail(code[:10], "expected a currency code.", "For example USD = 75.0.")
        if isinstance(value, dict):
            dated = table.table(code)
            steps = [
                (Keys({"from": day}, table.file, f"rates.{code}").day("from"), dated.as_number(day, rate, least=1e-9))
                for day, rate in dated.items()
            ]
            if not steps:
                table.fail(code, "has no rate.")
            rates[code] = tuple(sorted(steps))
        else:
            rates[code] = (("", table.as_number(code, value, least=1e-9)),)
    return rates


def _refunds(keys: Keys) -> Refunds:
    rules = []
    for name, kind in REFUND_COLUMNS.items():
        if name not in keys:
            keys.text(name)  # known
            continue
        if isinstance(keys.data[name], dict):
            rule = read_rule(name, keys.table(name), kind)
        else:
            rule = Rule(columns=keys.texts(name, longest=200, most=1))
        rules.append((name, replace(rule, order=name == "order_amount")))
    found = Refunds(keys.text("column", longest=200), keys.texts("values"), tuple(rules))
    if "line_amount" in keys and "order_amount" in keys:
        keys.fail(
            "order_amount", "cannot stand with line_amount.", "Say what is refunded of the line, or of the order."
        )
    if [name for name, _ in rules] == ["at"]:
        keys.fail("at", "nothing says what was refunded.", "Name it: order_amount, line_amount or line_quantity.")
    if bool(found.column) != bool(found.values):
        keys.fail(
            "values" if found.column else "column",
            "is missing.",
            'For example column = "Type" and values = ["Return"].',
        )
    keys.finish()
    return found


def _cleaning(keys: Keys) -> Cleaning:
    chosen = Cleaning(
        trim=keys.flag("trim", True),
        blank_rows=keys.choice("blank_rows", ("drop", "keep"), "drop"),
        repeated_headers=keys.choice("repeated_headers", ("drop", "keep"), "drop"),
        exact_duplicates=keys.choice("exact_duplicates", ("keep", "drop"), "keep"),
        invalid_rows=keys.choice("invalid_rows", ("error", "drop"), "error"),
        non_positive=keys.choice("non_positive", ("refund", "drop", "sale"), "refund"),
        outliers=keys.choice("outliers", ("unit_price", "amount", "off"), "unit_price"),
        outlier_threshold=keys.number("outlier_threshold", 6.0, least=1, most=1000),
        missing=keys.texts("missing", longest=40, most=50),
    )
    keys.finish()
    return chosen

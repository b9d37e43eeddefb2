"""What a TOML says of its data set as a whole: title, currency, calendar, days covered, tiers, alerts, engine."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo, available_timezones

from analytics.calendar.retail import PATTERNS
from analytics.errors import did_you_mean
from analytics.keys import Keys
from analytics.language import N_
from analytics.loading.rules.dimensions import read_dimensions
from analytics.loading.spec import FIRST_YEAR, LAST_YEAR
from analytics.methods.alarms.alerts import read_alerts
from analytics.profile import EngineChoice, EngineKind, Profile
from analytics.schema import MONTHS, WEEKDAYS

ALERTED = ("revenue", "gross", "refunds", "orders", "units")  # can be added up by day, so that any grain works
PLATFORMS = ("shopify", "woocommerce", "amazon", "square")  # whose words the ledger can be told in
MASTER = r"(spark://[\w.-]+:\d{1,5}(,[\w.-]+:\d{1,5})*|local(\[(\d{1,3}|\*)\])?|yarn)?"  # of a Spark cluster


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones; to find them out, the system's folders are read."""
    return frozenset(available_timezones())


def read_profile(top: Keys, path: Path) -> Profile:
    """What a TOML says of its data set as a whole. CatalogError names the key that is wrong."""
    title = top.text("title", longest=80)
    if not title:
        top.fail("title", N_("is missing."), N_("For example {example}.", example='title = "Corner Shop"'))
    zone = top.text("time_zone", "UTC", longest=60)
    if zone not in _zones():
        top.fail("time_zone", N_("unknown time zone {zone}.", zone=repr(zone)), did_you_mean(zone, _zones()))
    ZoneInfo(zone)
    view = top.text("default_view").removeprefix("?")
    try:
        parse_qsl(view, strict_parsing=bool(view), max_num_fields=50)
    except ValueError as fault:
        top.fail(
            "default_view",
            N_("is not a query string: {fault}.", fault=str(fault)),
            N_("For example {example}.", example='"range=last_12m&compare=year"'),
        )
    return Profile(
        name=path.stem,
        title=title,
        description=top.text("description", longest=2000),
        currency=top.text("currency", "USD", pattern="[A-Z]{3}", like='"USD"'),
        locale=top.text("locale", "en-US", pattern=r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}", like='"en-US"'),
        time_zone=zone,
        week_start=_day_of_week(top),
        fiscal_start=_fiscal_start(top),
        retail_weeks=top.choice("retail_calendar", ("", *PATTERNS), ""),
        data_from=_data_from(top),
        data_until=_covered(top, "data_until"),
        default_view=view,
        invented=top.flag("invented", False),
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
        top.fail(
            "data_from",
            N_("{first} is after data_until, {until}.", first=first, until=until),
            N_("Exchange the two, or remove one."),
        )
    return first


def _covered(top: Keys, key: str) -> str:
    """A day that data may cover, "" where the key is absent."""
    day = top.day(key)
    if day and not FIRST_YEAR <= int(day[:4]) <= LAST_YEAR:
        top.fail(
            key,
            N_(
                "expected a day of the years {first} to {last}, found {day}.",
                first=f"{FIRST_YEAR}",
                last=f"{LAST_YEAR}",
                day=day,
            ),
        )
    return day


def _engine(keys: Keys) -> EngineChoice:
    kind = cast(EngineKind, keys.choice("kind", get_args(EngineKind), "embedded"))
    memory = keys.text("memory", EngineChoice.memory, pattern=r"[1-9]\d{0,4}(MB|GB)", like='"4GB"')
    master = keys.text("master", longest=300, pattern=MASTER, like='"spark://cluster.example:7077"')
    cores = keys.integer("cores", 0, least=0, most=100_000)
    if kind == "spark" and not master:
        keys.fail(
            "master",
            N_("is missing."),
            N_("Name the cluster: {example}.", example='master = "spark://cluster.example:7077"'),
        )
    keys.finish()
    return EngineChoice(kind, memory, master, cores)


def _day_of_week(top: Keys) -> int:
    return [str.lower(d) for d in WEEKDAYS].index(top.choice("week_start", [str.lower(d) for d in WEEKDAYS], "monday"))


def _fiscal_start(top: Keys) -> int:
    return [str.lower(m) for m in MONTHS].index(
        top.choice("fiscal_year_start", [str.lower(m) for m in MONTHS], "january")
    ) + 1


def _tiers(table: Keys) -> tuple[tuple[str, float], ...]:
    tiers = [(n, float("-inf") if v == "below" else table.as_number(n, v)) for n, v in table.items()]
    if not tiers:
        return ()
    tiers.sort(key=lambda tier: -tier[1])
    if len({v for _, v in tiers}) < len(tiers) or tiers[-1][1] != float("-inf"):
        table.fail(
            "",
            N_('each tier must begin at another amount, and one must be "below".'),
            N_("For example {example}.", example='{ High = 1000, Low = "below" }'),
        )
    return tuple(tiers)


def _region_groups(table: Keys) -> dict[str, tuple[str, ...]]:
    """Regions by group; no region is in two groups."""
    groups = {name: table.texts(name) for name, _ in table.items()}
    group_of: dict[str, str] = {}
    for name, regions in groups.items():
        if not name.strip():
            table.fail(name, N_("a group needs a name."))
        for region in regions:
            if group_of.setdefault(region, name) != name:
                table.fail(
                    name,
                    N_("{region} is in the group {group} too.", region=repr(region), group=repr(group_of[region])),
                    N_("Keep it in one of them."),
                )
    return groups

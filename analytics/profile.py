"""What a data set's TOML declares for displaying and judging its data; it is stored with them."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from analytics.calendar import Calendar
from analytics.schema import Field, Fields

# Tiers where a data set declares no limits, highest first: the share of the customers that is below each.
USUAL_TIERS = (("High", 0.8), ("Medium", 0.5), ("Low", 0.0))


EngineKind = Literal["embedded", "duckdb", "spark"]


@dataclass(frozen=True)
class EngineChoice:
    """What computes aggregations of a data set: this process over mapped columns, DuckDB in this process, or Spark."""

    kind: EngineKind = "embedded"
    memory: str = "1GB"  # that DuckDB may use in each process before it spills to disk
    master: str = ""  # address of the Spark cluster
    cores: int = 0  # of the cluster that each process takes; 0: all that are free


@dataclass(frozen=True)
class Profile:
    """Title, formats and business rules of a data set. Everything here is validated when the TOML is read."""

    name: str
    title: str
    currency: str = "USD"  # ISO 4217 of all money in the store
    locale: str = "en-US"  # how numbers and dates are written
    time_zone: str = "UTC"  # of ordered_at
    week_start: int = 0  # 0 Monday … 6 Sunday
    fiscal_start: int = 1  # month in which the fiscal year begins
    retail_weeks: str = ""  # of the periods of the retail calendar, such as "4-4-5"; empty: it has none
    data_from: str = ""  # first day that the data cover, ISO; empty: the first day with an order
    data_until: str = ""  # last complete day, ISO; empty: the last day with an order
    orders_until: str = ""  # last day of nearly all orders, ISO, found at loading; empty where none lie far away
    orders_from: str = ""  # the first day of those, likewise
    default_view: str = ""  # query string that opens first and that "Reset" returns to; empty: the last complete month
    invented: bool = False  # made up to show the application: opens first only where there are no other data
    value_tiers: tuple[tuple[str, float], ...] = ()  # from, descending; empty: USUAL_TIERS, by shares of the customers
    rfm_rule: str = "quantile"  # "quantile" or "report" (compatibility with an older report)
    active_days: int = 365  # a customer who bought within this number of days before the end is active
    alerts: tuple[dict[str, Any], ...] = ()  # the checked rules under [[alerts]], as arguments of alerts.AlertRule
    refresh: str = ""  # how often the sources are read again, such as "15m"
    description: str = ""
    region_groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    engine: EngineChoice = EngineChoice()
    dimensions: tuple[Field, ...] = ()  # fields of the data set's own
    tax_inside: bool = False  # whether amounts contain the tax
    refunds_shared: bool = False  # whether refunds are told of whole orders, so that nobody knows of which lines
    ledger_words: str = ""  # the platform in whose words the ledger is told; empty: ours

    def amount(self, value: float, *, whole: bool = False) -> str:
        """Money as a note writes it, in the data set's currency and locale: $4,608,295.70; `whole`: $4,608,296."""
        from babel import Locale, localedata
        from babel.numbers import format_currency

        name = self.locale.replace("-", "_")
        known = next(n for n in (name, name.split("_")[0], "en_US") if localedata.exists(n))
        if not whole:
            return str(format_currency(value, self.currency, locale=known))
        pattern = re.sub(r"\.0+", "", Locale.parse(known).currency_formats["standard"].pattern)
        return str(format_currency(round(value), self.currency, pattern, known, currency_digits=False))

    def of_days(self, first: str, last: str) -> Profile:
        """The profile of data nearly all of whose orders are of these days, and a few of a time far away: what is not
        declared otherwise ends with the last of them, and a view that opens first with all days shows only them."""
        return replace(self, orders_from=first, orders_until=last)

    @cached_property
    def fields(self) -> Fields:
        """All fields that the data set may have: the canonical ones and its own."""
        return Fields(self.dimensions)

    @property
    def tiers(self) -> tuple[str, ...]:
        """The names of the value tiers, highest first."""
        return tuple(name for name, _ in self.value_tiers or USUAL_TIERS)

    @property
    def calendar(self) -> Calendar:
        """When the data set's weeks and years begin."""
        return Calendar(self.week_start, self.fiscal_start, self.retail_weeks)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; infinite thresholds become null."""
        data = asdict(self)
        data["value_tiers"] = [[n, None if v == float("-inf") else v] for n, v in self.value_tiers]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Profile:
        """The profile that to_dict wrote; keys of other versions are ignored."""
        known = {f.name for f in fields(cls)}
        kept = {k: v for k, v in data.items() if k in known}
        tiers = kept.get("value_tiers")
        if tiers is not None:
            kept["value_tiers"] = tuple((n, float("-inf") if v is None else float(v)) for n, v in tiers)
        kept["alerts"] = tuple(kept.get("alerts", ()))
        kept["region_groups"] = {k: tuple(v) for k, v in kept.get("region_groups", {}).items()}
        kept["engine"] = EngineChoice(**kept.get("engine", {}))
        kept["dimensions"] = tuple(Field(**own) for own in kept.get("dimensions", ()))
        return cls(**kept)

"""A selection as the query string of an address. It may come from anybody, so every part is bounded and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from analytics.errors import RequestError, TooLarge, UnknownName, capital, sentence
from analytics.language import N_, either
from analytics.ranges import COMPARISONS, PRESETS, parse_span
from analytics.runtime.lru import LruCache
from analytics.schema import FIELDS, Schema
from analytics.selection.resolved import MOST_COMPARED, Clause

GRAIN_LABELS: dict[str, str] = {
    "auto": N_("automatic"),
    "hour": N_("by hour"),
    "day": N_("by day"),
    "week": N_("by week"),
    "month": N_("by month"),
    "quarter": N_("by quarter"),
    "year": N_("by year"),
}

# Bounds of a query string: its length, the clauses' values, the length of one value, and the options of charts.
MAX_QUERY = 16_000
MAX_VALUES = 400
MAX_VALUE = 300
MAX_OPTIONS = 60

# How long a presentation shows each screen: only the browser reads it (assets/js/present.js), it selects nothing.
PRESENT = "present"
PRESENT_SECONDS = (5, 3600)

DIMENSIONS = frozenset(f.name for f in FIELDS.values() if f.dimension)
_OPTION = re.compile(r"[a-z_]{1,60}\.[a-z_]{1,40}")
_FIELD = re.compile(r"[a-z0-9_]{1,60}")
_DATASET = re.compile(r"[a-z0-9_\-]{0,60}")


def filterable(schema: Schema) -> frozenset[str]:
    """The dimensions that an address of this data set may filter by: the canonical ones, also those that it lacks, and
    its own."""
    return DIMENSIONS.union(f.name for f in schema.own)


@dataclass(frozen=True)
class Parsed:
    """What a query string says: named parts such as `range`, clauses, options of charts, and why the rest was dropped,
    as errors and for whoever reads a page."""

    parts: Mapping[str, str]
    clauses: tuple[Clause, ...]
    options: tuple[tuple[str, str], ...]
    dropped: tuple[RequestError, ...]
    told: tuple[str, ...] = ()


_PARSED: LruCache[Parsed] = LruCache(64)  # one request reads its address several times


def parsed(query: str, known: frozenset[str]) -> Parsed:
    """The parts of a query string, with or without "?"; clauses may be on the `known` fields."""
    found = _PARSED.get((query, known))
    if found is None:
        found = _parsed(query, known)
        if not found.dropped:  # an error that is raised again and again would hold more each time
            _PARSED.put((query, known), found)
    return found


def _parsed(query: str, known: frozenset[str]) -> Parsed:
    dropped: list[RequestError] = []
    told: list[str] = []
    parts: dict[str, str] = {}
    clauses: list[Clause] = []
    options: dict[str, str] = {}
    pairs = _pairs(query.lstrip("?"), dropped)
    told += [capital(error.message) for error in dropped]
    for name, value in pairs:
        try:
            _check_size(name, value)
            if name == PRESENT:
                _check_present(value)
            elif name in _CHECKS:
                _CHECKS[name](value)
                parts[name] = value
            elif "." in name:
                options[_checked_option(name)] = value
            else:
                clauses.append(_clause(name, value, known))
        except RequestError as error:
            dropped.append(error)
            told.append(_plain(name, value, error))
    return Parsed(parts, tuple(clauses), tuple(options.items()), tuple(dropped), tuple(told))


_PLAIN = {  # what is said of a part whose value is not known
    "data": N_("There is no data set “{value}” here."),
    "compare": N_("The address names a comparison that does not exist: “{value}”."),
    "grain": N_("The address divides time in a way that does not exist: “{value}”."),
}


def _plain(name: str, value: str, error: RequestError) -> str:
    """What is wrong with a part of an address, for whoever reads the page."""
    if "." in name:
        return N_("A part of the address cannot be read: “{name}”.", name=name[:60])
    if name in _PLAIN and not isinstance(error, TooLarge):
        told = N_(_PLAIN[name].template, value=value[:60])
    elif isinstance(error, UnknownName):
        told = N_("The address names a filter that does not exist: “{name}”.", name=error.name[:60])
    else:
        return capital(error.message)
    close = error.close if isinstance(error, UnknownName) else []
    names = either(N_("“{name}”", name=each) for each in close)
    return sentence(told, "", N_("Did you mean {names}?", names=names) if close else "")


def _pairs(query: str, dropped: list[RequestError]) -> list[tuple[str, str]]:
    """The parameters that are read; the reasons why others are not join `dropped`."""
    if len(query) > MAX_QUERY:
        message = N_(
            "the query is {length} characters long; at most {most} are read.", length=len(query), most=MAX_QUERY
        )
        dropped.append(TooLarge(message, where="URL"))
        return []
    pairs = parse_qsl(query, keep_blank_values=True)
    most = MAX_VALUES + MAX_OPTIONS
    if len(pairs) > most:
        dropped.append(
            TooLarge(N_("{count} parameters; the first {most} are read.", count=len(pairs), most=most), where="URL")
        )
    return pairs[:most]


def written(parts: Iterable[tuple[str, str]], clauses: Iterable[Clause], options: Iterable[tuple[str, str]]) -> str:
    """The query string, without "?"."""
    pairs = list(parts)
    for c in clauses:
        name, prefix = ("with", f"{c.field}:") if c.whole_orders else (c.field, "")
        pairs += [(name, prefix + _escaped(v)) for v in c.include]
        pairs += [(name, f"{prefix}!{_escaped(v)}") for v in c.exclude]
    return urlencode([*pairs, *options])


def _escaped(value: str) -> str:
    """A value as the URL has it: "!" at the beginning marks an excluded one, so it is preceded by a backslash where it
    belongs to the value itself."""
    return "\\" + value if value[:1] in ("!", "\\") else value


def _check_size(name: str, value: str) -> None:
    where = N_("URL parameter {name}", name=repr(name[:60]))
    if len(value) > MAX_VALUE or len(name) > MAX_VALUE:
        raise TooLarge(
            N_("a value of {length} characters; at most {most} are read.", length=len(value), most=MAX_VALUE),
            where=where,
        )
    if "\x00" in value:
        raise RequestError(N_("a value with a zero byte."), where=where)


def _check_data(value: str) -> None:
    if not _DATASET.fullmatch(value):
        raise RequestError(N_("{value} cannot be a data set's name.", value=repr(value)), where="URL parameter 'data'")


def _check_range(value: str) -> None:
    if value not in PRESETS:
        parse_span(value)


def _check_comparison(value: str) -> None:
    if value not in COMPARISONS:
        raise UnknownName("comparison", value, COMPARISONS, where="URL parameter 'compare'")


def _check_grain(value: str) -> None:
    if value not in GRAIN_LABELS:
        raise UnknownName("grain", value, GRAIN_LABELS, where="URL parameter 'grain'")


def _check_versus(value: str) -> None:
    if not _FIELD.fullmatch(value):
        raise RequestError(N_("{value} cannot be a field's name.", value=repr(value)), where="URL parameter 'versus'")


def not_compared(field: str) -> RequestError:
    """Why the values of a field cannot be shown side by side."""
    message = N_(
        "only two to {most_compared} values of {field} that a filter names can be shown side by side.",
        most_compared=MOST_COMPARED,
        field=repr(field),
    )
    return RequestError(message, where="URL parameter 'versus'")


def _check_present(value: str) -> None:
    least, most = PRESENT_SECONDS
    if not re.fullmatch("[0-9]{1,4}", value) or not least <= int(value) <= most:
        message = N_(
            "{value} is not a number of seconds from {least} to {most}.", value=repr(value[:20]), least=least, most=most
        )
        raise RequestError(message, where=f"URL parameter {PRESENT!r}")


_CHECKS: dict[str, Callable[[str], None]] = {
    "data": _check_data,
    "range": _check_range,
    "compare": _check_comparison,
    "grain": _check_grain,
    "versus": _check_versus,
}


def _checked_option(name: str) -> str:
    if not _OPTION.fullmatch(name):
        raise RequestError(N_("{name} is not of the form chart.option.", name=repr(name[:80])), where="URL")
    return name


def _clause(name: str, value: str, known: frozenset[str]) -> Clause:
    """A clause of one value: `city=Portland`; excluded, `city=!Portland`; on whole orders, `with=product:iPhone`."""
    whole_orders = name == "with"
    field, _, rest = value.partition(":") if whole_orders else (name, "", value)
    if field not in known:
        raise UnknownName("field", field, known, where="URL")
    excluded = rest.startswith("!")
    text = rest[1:] if excluded else rest
    values = (text.removeprefix("\\"),)
    return Clause(field, () if excluded else values, values if excluded else (), whole_orders)

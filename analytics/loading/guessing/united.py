"""One TOML for order lines of several kinds: a [[source]] for each, with its channel, in one data set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.errors import StoresightError
from analytics.loading.guessing.trial import trial
from analytics.loading.spec import Cleaning
from analytics.loading.written.toml_text import TomlText, inline, not_read_line, quoted, rates_lines

OF_SOURCE = ("fields", "refunds", "rows", "explode", "pivot", "checks")  # tables that each source has of its own
LEAST_SAME = 0.5  # share of the order numbers of two kinds of files that have the same day, for them to be one order
LONGEST_NUMBER = 8  # digits of a customer's number that two shops may both have given
LONGEST_TITLE = 80
NOT_KNOWN = "not in the files"
_RATES = re.compile(r"# \[rates\]\n(?:# [A-Z]{3} = .*\n?)+")  # of a data set of its own, in its currency


@dataclass(frozen=True)
class Origin:
    """Order lines that one TOML reads, of one kind of files."""

    title: str  # what kind of files they are
    channel: str  # name of their channel where there are other sources
    toml: str  # of a data set that has them alone
    paths: Sequence[Path]
    head: str = ""  # lines of comment: what was recognised
    currencies: Sequence[str] = ()  # that the files state, the most frequent first
    zone: str = ""  # that the files state
    alone: str = ""  # why they cannot be combined with other sales; empty where they can
    refunds: bool = False  # of the orders of the origin before

    @property
    def files(self) -> str:
        """The names of the files."""
        return ", ".join(path.name for path in self.paths)


@dataclass
class _Part:
    """An origin, what its TOML declares, and its lines; no lines where it cannot be read yet."""

    origin: Origin
    text: TomlText
    data: Mapping[str, Any]
    lines: pd.DataFrame | None
    notes: list[str] = field(default_factory=list)

    @property
    def orders(self) -> int:
        return 0 if self.lines is None else self.lines["order_id"].nunique()


def united(origins: Sequence[Origin], base: Path) -> tuple[str, list[Path]]:
    """The TOML of one data set with the lines of all origins whose sales are not those of another one, and the files
    that it reads. What is not united is named in a comment, and why; its extra tables are used."""
    if len(origins) == 1:
        return origins[0].head + origins[0].toml, list(origins[0].paths)
    parts, others = _chosen([_part(origin, base) for origin in origins])
    known = {name for part in parts for name in part.data.get("tables", {})}
    read = [path for part in parts for path in part.origin.paths]
    left = ""
    tables = ""
    for other, why in others:
        own = [name for name in other.data.get("tables", {}) if name not in known]
        known.update(own)
        if own:
            left += f"# Of {other.origin.files} only {' and '.join(own)} are used, not the sales: {why}.\n"
            tables += f"\n{other.origin.head}{_tables(other, own)}"
            read += other.origin.paths
        else:
            left += not_read_line([path.name for path in other.origin.paths], why)
    if len(parts) == 1:
        return left + parts[0].origin.head + parts[0].origin.toml + tables, read
    _tell_shops_apart(parts)
    if len({part.origin.channel for part in parts}) > 1:
        for part in parts:
            _set_channel(part, parts)
    _put_apart_joins(parts)
    _agree_on_tax(parts)
    return left + _written(parts) + tables, read


def _part(origin: Origin, base: Path) -> _Part:
    text = TomlText(_RATES.sub("", origin.toml))
    data = tomllib.loads(origin.toml)
    if origin.refunds:
        return _Part(origin, text, data, None)
    try:
        lines = trial(origin.toml, base).lines
    except StoresightError:
        return _Part(origin, text, data, None)
    return _Part(origin, text, data, lines[[c for c in ("order_id", "ordered_at", "amount", "customer") if c in lines]])


def _chosen(parts: Sequence[_Part]) -> tuple[list[_Part], list[tuple[_Part, str]]]:
    """The parts that make one data set, those with most orders first, of equal ones those that tell most of them, and
    the others with the reason why not."""
    chosen: list[_Part] = []
    left: list[tuple[_Part, str]] = []
    for part in sorted((p for p in parts if not p.origin.refunds), key=_rank):
        why = _same_sales(part, chosen)
        if chosen and part.origin.alone:
            why = part.origin.alone
        if why:
            left.append((part, why))
            continue
        chosen.append(part)
        chosen += [
            other
            for other in parts
            if other.origin.refunds
            and other.origin.channel == part.origin.channel
            and all(other is not one for one in chosen)
        ]
    return chosen, left


def _rank(part: _Part) -> tuple[bool, int, int]:
    return bool(part.origin.alone), -part.orders, -len(part.data.get("fields", {}))


def _tell_shops_apart(parts: Sequence[_Part]) -> None:
    """Give a source a channel of its own where another of the same channel has the numbers of its orders on other days:
    it is of another shop."""
    for at, part in enumerate(parts):
        alike = [p for p in parts[:at] if p.origin.channel == part.origin.channel and not part.origin.refunds]
        if any(_share_orders(part, other) for other in alike):
            names = {p.origin.channel for p in parts}
            channel = next(
                name for n in range(2, len(parts) + 2) if (name := f"{part.origin.channel} {n}") not in names
            )
            part.origin = replace(part.origin, channel=channel)


def _share_orders(part: _Part, other: _Part) -> bool:
    """Whether orders of both have one number; a refund has that of an earlier order."""
    sold = [set(p.lines["order_id"][p.lines["amount"] > 0]) for p in (part, other) if p.lines is not None]
    return len(sold) == 2 and bool(sold[0] & sold[1])


def _same_sales(part: _Part, chosen: Sequence[_Part]) -> str:
    """Why a part would count sales twice: another has its orders, with the same numbers on the same days; "" where
    none has."""
    if part.lines is None:
        return ""
    ours = _days(part.lines)
    for other in chosen:
        if other.lines is None:
            continue
        shared = pd.concat([ours, _days(other.lines)], axis=1, join="inner")
        apart = (shared.iloc[:, 0] - shared.iloc[:, 1]).abs() <= pd.Timedelta(days=1)
        if len(shared) and apart.mean() >= LEAST_SAME:
            return f"{len(shared):,} of its orders are in {other.origin.files} too and would count twice"
    return ""


def _days(lines: pd.DataFrame) -> pd.Series:
    """The day of each order."""
    return lines.groupby("order_id")["ordered_at"].min()


def _set_channel(part: _Part, parts: Sequence[_Part]) -> None:
    """Give a source its channel, and put it before the numbers of its orders: two shops may have the same."""
    name = part.origin.channel
    fields = part.data.get("fields", {})
    old = fields.get("channel")
    column = old if isinstance(old, str) else (old or {}).get("column", "")
    note = f"its column {quoted(column)} is not used" if column else ""
    _put(part, "channel", {"constant": name}, note)
    _put(part, "order_id", _after(fields["order_id"], f"{name} "), part.text.note("fields.order_id"))
    if "customer" in fields and any(_share_numbers(part, other) for other in parts if other is not part):
        _put(part, "customer", _after(fields["customer"], f"{name} "), "customers of several channels have one number")


def _put(part: _Part, name: str, value: dict[str, Any], note: str) -> None:
    part.text.put(f"fields.{name}", inline(value) + (f"  # {note}" if note else ""))


def _after(rule: Any, prefix: str) -> dict[str, Any]:
    """A field with a prefix before its texts."""
    return {**({"column": rule} if isinstance(rule, str) else rule), "prefix": prefix}


def _share_numbers(part: _Part, other: _Part) -> bool:
    """Whether two sources call customers of theirs by the same short number: one is not the other's."""
    if part.origin.channel == other.origin.channel:
        return False
    customers = [p.lines["customer"] for p in (part, other) if p.lines is not None and "customer" in p.lines]
    if len(customers) < 2:
        return False
    shared = set(customers[0]) & set(customers[1])
    return any("@" not in text and 0 < sum(c.isdigit() for c in text) <= LONGEST_NUMBER for text in shared)


def _put_apart_joins(parts: Sequence[_Part]) -> None:
    """Rename joins whose name another source has for a file of its own."""
    seen: set[str] = set()
    for part in parts:
        for name in list(part.data.get("join", {})):
            if name in seen:
                new = f"{_slug(part.origin.channel)}_{name}"[:40]
                part.text = TomlText(re.sub(rf'(["\[]|\[join\.){name}(?=[.\]])', rf"\g<1>{new}", str(part.text)))
                part.data = tomllib.loads(str(part.text))
                name = new
            seen.add(name)


def _slug(name: str) -> str:
    """A name as a key of a TOML: small letters, digits and underscores, a letter first."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789") or "source"


def _agree_on_tax(parts: Sequence[_Part]) -> None:
    """Leave out the taxes of sources in which they are on top of the amounts, where in others they are inside: the
    ledger of a data set has them in one way."""
    taxed = [part for part in parts if "tax" in part.data.get("fields", {})]
    ways = {_tax(part) for part in taxed}
    if len(ways) < 2:
        return
    for part in taxed:
        if _tax(part) != _tax(taxed[0]):
            part.text.change(lambda line: None if re.match(r"tax\s*=", line) else line)
            where = "inside its amounts" if _tax(part) == "inside" else "on top of its amounts"
            part.notes.append(f"Taxes are {where}, unlike those of {taxed[0].origin.title}: they are left out here.")


def _tax(part: _Part) -> str:
    return str(part.data.get("ledger", {}).get("tax", "on_top"))


# --- text


def _written(parts: Sequence[_Part]) -> str:
    channels = list(dict.fromkeys(part.origin.channel for part in parts))
    told = ", ".join(f"{part.origin.title} ({part.origin.files})" for part in parts)
    head = f"# Several sources make one data set: {told}.\n"
    if len(channels) > 1:
        head += (
            "# Each has its channel, which stands before the numbers of its orders too: two shops may have the same.\n"
        )
    first = parts[0]
    currency = next((part.origin.currencies[0] for part in parts if part.origin.currencies), "")
    zone = next((part.origin.zone for part in parts if part.origin.zone), "")
    home = currency or first.data.get("currency", "USD")
    text = (
        f"title = {quoted(_listed(channels))}\n"
        f"currency = {quoted(home)}{'' if currency else f'  # {NOT_KNOWN}'}\n"
        f"locale = {quoted(first.data.get('locale', 'en-US'))}\n"
        f"time_zone = {quoted(zone or first.data.get('time_zone', 'UTC'))}{'' if zone else f'  # {NOT_KNOWN}'}\n"
    )
    for name, values in (("ledger", _ledger(parts)), ("cleaning", _cleaning(parts)), ("dimensions", _own(parts))):
        if values:
            text += f"\n[{name}]\n" + "".join(f"{key} = {inline(value)}\n" for key, value in values.items())
    codes = [code for part in parts for code in part.origin.currencies if code != home]
    rates = rates_lines(list(dict.fromkeys(codes)), home)
    text += f"\n{rates}" if rates else ""
    for part in parts:
        for name in part.text.names():
            if name.startswith("join."):
                text += f"\n[{name}]\n{part.text.body(name)}\n"
        text += _tables(part, list(part.data.get("tables", {})))
    return head + text + "".join(_source(part, home) for part in parts)


def _tables(part: _Part, names: Sequence[str]) -> str:
    """The extra tables of these names."""
    headings = [h for h in part.text.names() if h.startswith("tables.") and h.split(".")[1] in names]
    return "".join(f"\n[{heading}]\n{part.text.body(heading)}\n" for heading in headings)


def _listed(names: Sequence[str]) -> str:
    """Names as a title."""
    if len(names) == 1:
        return names[0]
    text = f"{', '.join(names[:-1])} and {names[-1]}"
    return text if len(text) <= LONGEST_TITLE else f"{names[0][:40]} and {len(names) - 1} more"


def _source(part: _Part, home: str) -> str:
    """The tables of one source."""
    origin = part.origin
    stated = list(origin.currencies)
    if "currency" not in part.data.get("fields", {}) and len(stated) == 1 and stated[0] != home:
        part.text.put("fields.currency", inline({"constant": stated[0]}))
    if not stated and not origin.refunds:
        part.notes.append(f"Its files do not say their currency: {home} is taken.")
    notes = "".join(f"# {note}\n" for note in part.notes)
    text = f"\n# --- {origin.title}: {origin.files}\n{origin.head}{notes}[[source]]\n{part.text.body('source')}\n"
    for name in part.text.names():
        if name.split(".")[0] in OF_SOURCE:
            body = part.text.body(name)
            if name == "checks":  # the findings of two sources would be added up
                body = re.sub(r"^(?=\w+ *=)", f"{_slug(origin.channel)}_", body, flags=re.MULTILINE)
            text += f"\n[source.{name}]\n{body}\n"
        elif name.startswith("source."):
            text += f"\n[{name}]\n{part.text.body(name)}\n"
    return text


def _ledger(parts: Sequence[_Part]) -> dict[str, Any]:
    """How taxes stand in amounts, and the words of a platform where all files are of one."""
    found: dict[str, Any] = {}
    taxed = [part for part in parts if "tax" in part.data.get("fields", {})]
    if taxed and _tax(taxed[0]) == "inside":
        found["tax"] = "inside"
    words = {part.data.get("ledger", {}).get("words", "") for part in parts if not part.origin.refunds}
    if len(words) == 1 and words != {""}:
        found["words"] = words.pop()
    return found


def _cleaning(parts: Sequence[_Part]) -> dict[str, Any]:
    """What each source needs of [cleaning] beyond what is usual; where two differ, bad rows are left out and counted,
    copies of rows that not all leave out go only where another file has them, and else the first source has its
    way."""
    found: dict[str, Any] = {}
    usual = asdict(Cleaning())
    copies = {part.data.get("cleaning", {}).get("exact_duplicates", "keep") for part in parts}
    for part in parts:
        for key, value in part.data.get("cleaning", {}).items():
            if value == usual[key]:
                continue
            if key == "exact_duplicates" and len(copies) > 1:
                found[key] = "overlap"
            elif isinstance(value, list) and key in found:
                found[key] = list(dict.fromkeys([*found[key], *value]))
            elif key not in found or (key == "invalid_rows" and value == "drop"):
                found[key] = value
            elif found[key] != value:
                part.notes.append(f"Under [cleaning], {key} = {inline(found[key])} stands in place of {inline(value)}.")
    return found


def _own(parts: Sequence[_Part]) -> dict[str, Any]:
    """The dimensions of all sources; of one name, that of the first."""
    found: dict[str, Any] = {}
    for part in parts:
        found = {**part.data.get("dimensions", {}), **found}
    return found

"""The TOML of files whose platform is known, by a pack and by what the files show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.errors import DataError, StoresightError
from analytics.language import N_, _
from analytics.loading.guessing import evidence
from analytics.loading.guessing.appearance import Appearance, rows_by, source_of
from analytics.loading.guessing.inspection import Survey, survey
from analytics.loading.guessing.signs import signs
from analytics.loading.guessing.trial import quality_of
from analytics.loading.guessing.united import Origin
from analytics.loading.lines.values import as_numbers, as_text
from analytics.loading.packs import pack as packs
from analytics.loading.packs.pack import Match
from analytics.loading.reading import sources as reading
from analytics.loading.spec import Source, Variant, kind_of
from analytics.loading.written.toml_text import UNKNOWN_COLUMNS, not_read_line, quoted, rates_lines, source_lines
from analytics.quality import Quality

LEAST_SHARED = 3  # order numbers of two files, for their days to tell whether the files are of one shop
SEPARATORS = (",", ";", "\t")
FIRST_ROWS = 10_000  # of each file, by which variants of a pack are judged
TEXTS = ("id", "category")


ADDS_NOTHING = N_("it adds nothing to the others")


@dataclass(frozen=True)
class KnownFile:
    """A file whose platform is known."""

    found: Appearance
    match: Match


@dataclass(frozen=True)
class KnownFiles:
    """What packs know of files."""

    origins: tuple[Origin, ...]  # order lines, by pack
    paths: frozenset[Path]  # of all files that a pack knows
    left: str  # lines of comment: files of packs that are not read, and why
    refused: DataError | None  # why files are no order lines, where some are none


def known_files(given: Sequence[Appearance], root: Path | None, catalog: Sequence[Path], prefix: str) -> KnownFiles:
    """The order lines in files of platforms, and the files whose platform is known but which have none."""
    known = packs.packs(catalog)
    files = [file for found in given if (file := _known(found, known)) is not None]
    groups = _by_pack(files)
    joined = {pack for group in groups.values() for pack in _joined(group[0].match, groups).values()}
    origins: list[Origin] = []
    why: dict[str, str] = {}  # files are not read, by the name of their pack
    left = ""
    refused: DataError | None = None
    for name, group in groups.items():
        pack = group[0].match.known.pack
        where = ", ".join(file.found.path.name for file in group)
        why.setdefault(
            name,
            _("it is {platform}: {reason}", platform=pack.title, reason=_(pack.refuse))
            if pack.refuse
            else ADDS_NOTHING,
        )
        try:
            totals = _totals(group, root, prefix)
            if pack.refuse:
                refused = refused or DataError(
                    N_(
                        "this is {platform}: {reason}{totals}",
                        platform=pack.title,
                        reason=N_(pack.refuse),
                        totals=totals,
                    ),
                    where=where,
                )
            elif name not in joined:
                origins += _origins(group, groups, root, prefix, why)
        except DataError as fault:  # there are no rows
            why[name] = fault.text
            refused = refused or fault
            totals = ""
        left += f"# {pack.title}:{totals}\n" if totals else ""
    read = {path for origin in origins for path in origin.paths}
    for name, group in groups.items():
        left += not_read_line([file.found.path.name for file in group if file.found.path not in read], why[name])
    return KnownFiles(tuple(origins), frozenset(file.found.path for file in files), left, refused)


def _languages(files: Sequence[KnownFile]) -> list[list[KnownFile]]:
    """Files of one pack by what they call its columns: those in another language are read by themselves."""
    found: list[list[KnownFile]] = []
    for file in files:
        names = file.match.names
        for group in found:
            if all(names.get(column, called) == called for column, called in group[0].match.names.items()):
                group.append(file)
                break
        else:
            found.append([file])
    return found


def _by_pack(files: Sequence[KnownFile]) -> dict[str, list[KnownFile]]:
    """The files of each pack, by the pack's name."""
    found: dict[str, list[KnownFile]] = {}
    for file in files:
        found.setdefault(file.match.known.spec.name, []).append(file)
    return found


def _joined(match: Match, groups: Mapping[str, Sequence[KnownFile]]) -> dict[str, str]:
    """For each join of a pack for which there are files, the pack that knows them."""
    wanted = match.known.pack.joins.items()
    return {join: pack for join, files in wanted if (pack := next((p for p in files.packs if p in groups), ""))}


def _totals(files: Sequence[KnownFile], root: Path | None, prefix: str) -> str:
    """What the columns of a report add up to, to compare with the ledger; "" where it has none."""
    match = files[0].match
    columns = [(c, match.names[c]) for c in match.known.pack.totals if c in match.names]
    if not columns:
        return ""
    rows = survey([f.found for f in files], root, prefix, frozenset(called for _, called in columns)).rows
    decimal, thousands = signs(rows)
    sums = []
    for column, called in columns:
        numbers = as_numbers(rows.table.column(called), decimal, thousands)[0]
        sums.append(f"{column} {np.nansum(numbers):,.2f}")
    listed = ", ".join(sums)
    return N_(" Its sums, to compare with the page Reconciliation for the same days: {sums}.", sums=listed)


def _origin(
    files: Sequence[KnownFile], groups: Mapping[str, Sequence[KnownFile]], root: Path | None, prefix: str
) -> Origin:
    """The order lines of files of one pack, with the files that it joins to them."""
    match = files[0].match
    pack = match.known.pack
    joined = {join: groups[name] for join, name in _joined(match, groups).items()}
    shown = _survey(files, root, prefix)
    text = _written(shown, match, joined, root, prefix)
    joined = {join: others for join, others in joined.items() if f"[join.{join}]" in text}
    return Origin(
        title=pack.title,
        channel=pack.channel or match.known.spec.profile.title,
        toml=text,
        paths=list(dict.fromkeys(file.found.path for group in (files, *joined.values()) for file in group)),
        head=_head(match, {join: others[0].match for join, others in joined.items()}),
        currencies=_currencies(shown, match),
        zone=_zone(shown, match),
        alone=pack.alone,
    )


def _origins(
    files: Sequence[KnownFile],
    groups: Mapping[str, Sequence[KnownFile]],
    root: Path | None,
    prefix: str,
    why: dict[str, str],
) -> list[Origin]:
    """The order lines of files of one pack, by language and shop. Where there are several shops nothing is joined to
    their orders, and `why` says so."""
    found: list[Origin] = []
    for alike in _languages(files):
        shops = _shops(alike, root)
        several = len(shops) > 1
        origins = [_origin(shop, {} if several else groups, root, prefix) for shop in shops]
        found += [_as_shop(origin) for origin in origins] if several else origins
        if several:
            joined = _joined(files[0].match, groups).values()
            why |= dict.fromkeys(joined, "it does not say of which of the shops it is")
    return found


def _as_shop(origin: Origin) -> Origin:
    """The order lines of one of several shops, with the name of its file in that of its channel."""
    called = " ".join(re.findall(r"[^\W_]+", origin.paths[0].name.split(".")[0])).title()
    return replace(origin, channel=f"{origin.channel} {called}"[:60])


def _shops(files: Sequence[KnownFile], root: Path | None) -> list[list[KnownFile]]:
    """Files of one pack by shop. Where a later file replaces the orders that it has too, one that gives their numbers
    to orders of other days is of another shop."""
    spec = files[0].match.known.spec
    columns = (*spec.fields["order_id"].columns, *spec.fields["ordered_at"].columns[:1])
    if len(files) < 2 or spec.source.replace_by != "order_id" or len(columns) != 2:
        return [list(files)]
    shops: list[tuple[list[KnownFile], pd.Series]] = []
    for file in files:
        days = _days_of_orders(file, [file.match.names[column] for column in columns], root)
        for of_shop, known in shops:
            shared = pd.concat([known, days], axis=1, join="inner")
            if len(shared) < LEAST_SHARED or (shared.iloc[:, 0] == shared.iloc[:, 1]).mean() >= 0.5:
                of_shop.append(file)
                break
        else:
            shops.append(([file], days))
    return [of_shop for of_shop, _ in shops]


def _days_of_orders(file: KnownFile, columns: Sequence[str], root: Path | None) -> pd.Series:
    """The day of each order of a file, as it is written."""
    source = replace(source_of([file.found], root), header=_header(file))
    base = (root or file.found.path.parent).resolve()
    rows = reading.read(source, base, base, Quality(), only=frozenset(columns))
    order, day = (as_text(rows.table.column(column)).to_pandas() for column in columns)
    return pd.Series(day[day != ""].str[:10].groupby(order).first())


def _header(file: KnownFile) -> tuple[str, ...]:
    """The names by which the header of a file is found; none where it stands in the first row."""
    return tuple(file.match.names[column] for column in file.match.known.pack.fingerprint) if file.found.header else ()


def _known(found: Appearance, known: Sequence[packs.Known]) -> KnownFile | None:
    seen = packs.recognise(found.rows, known)
    if seen is None and found.source.kind == "csv":
        for separator in SEPARATORS:
            found = replace(
                found, source=replace(found.source, separator=separator), rows=rows_by(found.path, separator)
            )
            seen = packs.recognise(found.rows, known)
            if seen:
                break
    if seen is None:
        return None
    return KnownFile(replace(found, header=seen[0]), seen[1])


def _head(match: Match, joined: Mapping[str, Match]) -> str:
    """What was recognised, and what such files cannot tell."""
    told: list[str] = []
    for found in (match, *{id(other): other for other in joined.values()}.values()):
        told.append(f"{found.known.pack.title}: {found.given - len(found.unknown)} of {found.given} columns known.")
        if found.unknown:
            told.append(UNKNOWN_COLUMNS.format(names=", ".join(found.unknown)))
        if found.missing:
            told.append(f"Left out, since columns are missing: {', '.join(found.missing)}.")
    without = (files.without for join, files in match.known.pack.joins.items() if join not in joined)
    return "".join(f"# {line}\n" for line in (*told, *match.known.pack.cannot, *filter(None, without)))


def _written(
    shown: Survey, match: Match, joined: Mapping[str, Sequence[KnownFile]], root: Path | None, prefix: str
) -> str:
    """The TOML by the variant under which most checks hold; the pack's own of equal ones."""
    base = (root or shown.paths[0].parent).resolve()
    others = {
        join: packs.Joined(
            group[0].match,
            source_lines(_source(_survey(group, root, prefix), group[0].match)),
        )
        for join, group in joined.items()
    }
    texts = list(_variants(shown, match, others))
    if len(texts) == 1:
        return texts[0][1]
    held = [_held(text, base, FIRST_ROWS) for _, text in texts]
    if held.count(max(held)) > 1 and len(shown.rows) > FIRST_ROWS:  # the first rows do not tell
        held = [_held(text, base) for _, text in texts]
    best = max(range(len(texts)), key=lambda i: held[i])
    variant, text = texts[best]
    return f"# {variant.because}\n{text}" if variant else text


def _survey(files: Sequence[KnownFile], root: Path | None, prefix: str) -> Survey:
    """The columns of files of a pack that show how numbers are written, the zone and the currency: not those that are
    only read as texts."""
    match = files[0].match
    pack = match.known.pack
    used = {match.names[c] for c in (*pack.fingerprint, *pack.required, *pack.optional) if c in match.names}
    fields = match.known.spec.fields.items()
    texts = {_column(match, name) for name, rule in fields if kind_of(name) in TEXTS and len(rule.columns) == 1}
    shown = {_column(match, name) for name in ("ordered_at", "currency", "amount", "unit_price")}
    return survey([file.found for file in files], root, prefix, frozenset((used - texts) | (shown & used)))


def _variants(shown: Survey, match: Match, joined: Mapping[str, packs.Joined]) -> Iterator[tuple[Variant | None, str]]:
    source = source_lines(_source(shown, match))
    top, rates = _top(shown, match)
    for variant in (None, *match.known.pack.variants):
        yield variant, packs.written(match, source, top, variant, joined) + rates


def _source(shown: Survey, match: Match) -> Source:
    """How files of a pack are written, by what those of its columns show that it uses."""
    usual = match.known.spec.source
    header = tuple(match.names[column] for column in match.known.pack.fingerprint)
    unused = {match.names.get(column) for column in match.known.pack.columns}
    used = [name for name in shown.rows.table.column_names if name not in unused and name not in match.unknown]
    decimal, thousands = signs(replace(shown.rows, table=shown.rows.table.select(used)))
    if not thousands and usual.thousands != decimal:
        thousands = usual.thousands
    has_header = any(found.header for found in shown.files)
    return replace(shown.source, header=header if has_header else (), decimal=decimal, thousands=thousands)


def _held(text: str, base: Path, first: int = 0) -> float:
    """The share of orders and lines for which the checks of a TOML hold, by the first rows of each file or by all;
    below 0 where it cannot be read."""
    try:
        findings = quality_of(text, base, first).findings
    except StoresightError:
        return -1.0
    checks = [f for f in findings if f.reason.startswith("check_")]
    held = sum(f.rows for f in checks if f.reason.endswith("_holds"))
    return held / max(1, sum(f.rows for f in checks))


def _top(shown: Survey, match: Match) -> tuple[dict[str, str], str]:
    """The values of top-level keys that the files show, and the rates that they need, as TOML."""
    spec = match.known.spec
    top = {"title": quoted(match.known.pack.title)}
    if not spec.fields["ordered_at"].local_to and not spec.fields["ordered_at"].zone:
        zone = _zone(shown, match)
        top["time_zone"] = quoted(zone) if zone else f"{quoted(spec.profile.time_zone)}  # not in the files"
    codes = _currencies(shown, match)
    top["currency"] = quoted(codes[0]) if codes else f"{quoted(spec.profile.currency)}  # not in the files"
    rates = rates_lines(codes[1:], codes[0]) if codes else ""
    return top, rates and f"\n{rates}"


def _zone(shown: Survey, match: Match) -> str:
    """The zone that the offsets of the files' times tell; "" where they have none."""
    day = _column(match, "ordered_at")
    return evidence.zone_of(shown.rows, day, _currencies(shown, match)) if day in shown else ""


def _column(match: Match, name: str) -> str:
    """The file's name of the first column that a field is made of; "" where there is none."""
    rule = match.known.spec.fields.get(name)
    return match.names.get(rule.columns[0], "") if rule and rule.columns else ""


def _currencies(shown: Survey, match: Match) -> list[str]:
    """The currencies that the files state, the most frequent first."""
    column = _column(match, "currency")
    if column in shown:
        stated = evidence.stated_currencies(shown.rows, column)
    else:
        money = _column(match, "amount") or _column(match, "unit_price")
        stated = evidence.written_currencies(shown.rows, money) if money in shown else []
    return stated or evidence.currency_above(shown.files)

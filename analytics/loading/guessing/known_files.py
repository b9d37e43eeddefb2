"""The order lines of files whose platform a pack knows: which files belong together, by pack, language and shop."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.errors import DataError
from analytics.language import N_, _
from analytics.loading.guessing.appearance import Appearance, rows_by, source_of
from analytics.loading.guessing.inspection import survey
from analytics.loading.guessing.known_toml import KnownFile, currencies_of, head_of, survey_of, toml_of, zone_of
from analytics.loading.guessing.signs import signs
from analytics.loading.guessing.united import Origin
from analytics.loading.lines.values import as_numbers, as_text
from analytics.loading.packs import pack as packs
from analytics.loading.packs.pack import Match
from analytics.loading.reading import sources as reading
from analytics.loading.written.toml_text import not_read_line
from analytics.quality import Quality

LEAST_SHARED = 3  # order numbers of two files, for their days to tell whether the files are of one shop
SEPARATORS = (",", ";", "\t")
ADDS_NOTHING = N_("it adds nothing to the others")


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
    shown = survey_of(files, root, prefix)
    text = toml_of(shown, match, joined, root, prefix)
    joined = {join: others for join, others in joined.items() if f"[join.{join}]" in text}
    return Origin(
        title=pack.title,
        channel=pack.channel or match.known.spec.profile.title,
        toml=text,
        paths=list(dict.fromkeys(file.found.path for group in (files, *joined.values()) for file in group)),
        head=head_of(match, {join: others[0].match for join, others in joined.items()}),
        currencies=currencies_of(shown, match),
        zone=zone_of(shown, match),
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

"""The TOML of files of one pack: what the pack declares, and what they show, under the variant whose checks hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.errors import StoresightError
from analytics.loading.guessing import evidence
from analytics.loading.guessing.appearance import Appearance
from analytics.loading.guessing.inspection import Survey, survey
from analytics.loading.guessing.signs import signs
from analytics.loading.guessing.trial import quality_of
from analytics.loading.packs import pack as packs
from analytics.loading.packs.pack import Match
from analytics.loading.spec import Source, Variant, kind_of
from analytics.loading.written.toml_text import UNKNOWN_COLUMNS, quoted, rates_lines, source_lines

FIRST_ROWS = 10_000  # of each file, by which variants of a pack are judged
TEXTS = ("id", "category")


@dataclass(frozen=True)
class KnownFile:
    """A file whose platform is known."""

    found: Appearance
    match: Match


def head_of(match: Match, joined: Mapping[str, Match]) -> str:
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


def toml_of(
    shown: Survey, match: Match, joined: Mapping[str, Sequence[KnownFile]], root: Path | None, prefix: str
) -> str:
    """The TOML by the variant under which most checks hold; the pack's own of equal ones."""
    base = (root or shown.paths[0].parent).resolve()
    others = {
        join: packs.Joined(
            group[0].match,
            source_lines(_source(survey_of(group, root, prefix), group[0].match)),
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


def survey_of(files: Sequence[KnownFile], root: Path | None, prefix: str) -> Survey:
    """The columns of files of a pack that show how numbers are written, the zone and the currency: not those that are
    only read as texts."""
    match = files[0].match
    pack = match.known.pack
    used = {match.names[c] for c in (*pack.fingerprint, *pack.required, *pack.optional) if c in match.names}
    fields = match.known.spec.fields.items()
    texts = {_column(match, name) for name, rule in fields if kind_of(name) in TEXTS and len(rule.columns) == 1}
    shown = {_column(match, name) for name in ("ordered_at", "currency", "amount", "unit_price")}
    wanted = (used - texts) | (shown & used) | set(_formatted(match))
    return survey([file.found for file in files], root, prefix, frozenset(wanted))


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
        zone = zone_of(shown, match)
        top["time_zone"] = quoted(zone) if zone else f"{quoted(spec.profile.time_zone)}  # not in the files"
    codes = currencies_of(shown, match)
    top["currency"] = quoted(codes[0]) if codes else f"{quoted(spec.profile.currency)}  # not in the files"
    rates = rates_lines(codes[1:], codes[0]) if codes else ""
    return top, rates and f"\n{rates}"


def zone_of(shown: Survey, match: Match) -> str:
    """The zone that the offsets of the files' times tell; "" where they have none."""
    day = _column(match, "ordered_at")
    return evidence.zone_of(shown.rows, day, currencies_of(shown, match)) if day in shown else ""


def _column(match: Match, name: str) -> str:
    """The file's name of the first column that a field is made of; "" where there is none."""
    rule = match.known.spec.fields.get(name)
    return match.names.get(rule.columns[0], "") if rule and rule.columns else ""


def _formatted(match: Match) -> list[str]:
    """Columns that repeat money as people read it, with its currency: "N. Revenue (formatted)"."""
    columns = match.known.pack.columns
    return [match.names[c] for c in columns if c.endswith("(formatted)") and c in match.names]


def currencies_of(shown: Survey, match: Match) -> list[str]:
    """The currencies that the files state, the most frequent first."""
    column = _column(match, "currency")
    if column in shown:
        stated = evidence.stated_currencies(shown.rows, column)
    else:
        money = [_column(match, "amount") or _column(match, "unit_price"), *_formatted(match)]
        told = [evidence.written_currencies(shown.rows, column) for column in money if column in shown]
        stated = next(filter(None, told), [])
    return stated or evidence.currency_above(shown.files)

"""The TOML of files whose platform is known, by a pack and by what the files show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analytics.errors import DataError, StoresightError
from analytics.loading.guessing import evidence
from analytics.loading.guessing.appearance import Appearance, appearance, rows_by
from analytics.loading.guessing.inspection import Study, study
from analytics.loading.guessing.signs import signs
from analytics.loading.guessing.trial import trial
from analytics.loading.packs import pack as packs
from analytics.loading.packs.pack import Match
from analytics.loading.spec import Variant
from analytics.loading.written.toml_text import not_read_line, quoted, rates_lines, source_lines

SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class KnownFile:
    """A file whose platform is known."""

    found: Appearance
    match: Match


def known_toml(
    paths: Sequence[Path], root: Path | None, catalog: Sequence[Path], prefix: str
) -> tuple[str, list[Path]] | None:
    """The TOML for files of a platform, not yet tried, and the files that it reads; None where no pack knows them.

    Of files of several platforms those that most are of are taken, and the others named. DataError: the files are a
    report that has no order lines.
    """
    known = packs.packs(catalog)
    files = [file for path in paths if (file := _known(path, known)) is not None]
    if not files:
        return None
    counted = Counter(file.match.known.spec.name for file in files)
    name = max(counted, key=lambda n: (not _of(files, n)[0].match.known.pack.refuse, counted[n]))
    chosen = _of(files, name)
    first = chosen[0].match
    if first.known.pack.refuse:
        raise DataError(
            f"is {first.known.pack.title}: {first.known.pack.refuse}",
            where=", ".join(f.found.path.name for f in chosen),
        )
    text = _written([f.found for f in chosen], first, root, prefix)
    read = [f.found.path for f in chosen]
    return _head(first) + not_read_line(p.name for p in paths if p not in read) + text, read


def _of(files: Sequence[KnownFile], name: str) -> list[KnownFile]:
    return [file for file in files if file.match.known.spec.name == name]


def _known(path: Path, known: Sequence[packs.Known]) -> KnownFile | None:
    found = appearance(path)
    seen = packs.recognise(found.rows, known)
    if seen is None and found.source.kind == "csv":
        for separator in SEPARATORS:
            found = replace(found, source=replace(found.source, separator=separator), rows=rows_by(path, separator))
            seen = packs.recognise(found.rows, known)
            if seen:
                break
    if seen is None:
        return None
    return KnownFile(replace(found, header=seen[0]), seen[1])


def _head(match: Match) -> str:
    """What was recognised, and what such files cannot tell."""
    pack = match.known.pack
    count = match.given - len(match.unknown)
    told = [f"{pack.title}: {count} of {match.given} columns known."]
    if match.unknown:
        told.append(f"Columns that are not known: {', '.join(match.unknown)}.")
    if match.missing:
        told.append(f"Left out, since columns are missing: {', '.join(match.missing)}.")
    return "".join(f"# {line}\n" for line in (*told, *pack.cannot))


def _written(files: Sequence[Appearance], match: Match, root: Path | None, prefix: str) -> str:
    """The TOML by the variant under which most checks hold; the pack's own of equal ones."""
    shown = study(files, root, prefix)
    base = (root or files[0].path.parent).resolve()
    texts = list(_variants(shown, match))
    if len(texts) == 1:
        return texts[0][1]
    held = [_held(text, base) for _, text in texts]
    best = max(range(len(texts)), key=lambda i: held[i])
    variant, text = texts[best]
    return f"# {variant.because}\n{text}" if variant else text


def _variants(shown: Study, match: Match) -> Iterator[tuple[Variant | None, str]]:
    spec = match.known.spec
    source = shown.source
    header = tuple(match.names[column] for column in match.known.pack.fingerprint)
    source = replace(source, header=header if any(a.header for a in shown.files) else ())
    unused = {match.names.get(column) for column in match.known.pack.columns}
    used = [name for name in shown.rows.table.column_names if name not in unused and name not in match.unknown]
    decimal, thousands = signs(replace(shown.rows, table=shown.rows.table.select(used)))
    source = replace(source, decimal=decimal, thousands=thousands)
    if not source.thousands and spec.source.thousands != source.decimal:
        source = replace(source, thousands=spec.source.thousands)
    top, rates = _top(shown, match)
    for variant in (None, *match.known.pack.variants):
        yield variant, packs.written(match, source_lines(source), top, variant) + rates


def _held(text: str, base: Path) -> float:
    """The share of orders and lines for which the checks of a TOML hold; below 0 where it cannot be read."""
    try:
        findings = trial(text, base).quality.findings
    except StoresightError:
        return -1.0
    checks = [f for f in findings if f.reason.startswith("check_")]
    held = sum(f.rows for f in checks if f.reason.endswith("_holds"))
    return held / max(1, sum(f.rows for f in checks))


def _top(shown: Study, match: Match) -> tuple[dict[str, str], str]:
    """The values of top-level keys that the files show, and the rates that they need, as TOML."""
    spec = match.known.spec
    top = {"title": quoted(match.known.pack.title)}
    day = _column(match, "ordered_at")
    if not spec.fields["ordered_at"].local_to and not spec.fields["ordered_at"].zone:
        zone = evidence.zone_of(shown.rows, day) if day in shown.columns else ""
        top["time_zone"] = quoted(zone) if zone else f"{quoted(spec.profile.time_zone)}  # not in the files"
    codes = _currencies(shown, match) or evidence.currency_above(shown.files)
    top["currency"] = quoted(codes[0]) if codes else f"{quoted(spec.profile.currency)}  # not in the files"
    rates = rates_lines(codes[1:], codes[0]) if codes else ""
    return top, rates and f"\n{rates}"


def _column(match: Match, name: str) -> str:
    """The file's name of the first column that a field is made of; "" where there is none."""
    rule = match.known.spec.fields.get(name)
    return match.names.get(rule.columns[0], "") if rule and rule.columns else ""


def _currencies(shown: Study, match: Match) -> list[str]:
    column = _column(match, "currency")
    if column in shown.columns:
        return evidence.stated_currencies(shown.rows, column)
    money = _column(match, "amount") or _column(match, "unit_price")
    return evidence.written_currencies(shown.rows, money) if money in shown.columns else []

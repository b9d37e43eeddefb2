"""An upload read on trial, into a store of its own: what would its data set contain?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd

from analytics.doubts import doubts
from analytics.engines import open_engine
from analytics.engines.base import Engine
from analytics.errors import CatalogError, DataError
from analytics.language import N_, _
from analytics.loading import catalog
from analytics.loading.guessing.drafting.pieces import LOOKS_LIKE_PRICE
from analytics.loading.guessing.guess import guess
from analytics.loading.ingest import ingest
from analytics.loading.spec import Spec
from analytics.loading.written.toml_text import (
    CURRENCY,
    NOT_IN_FILES,
    UNKNOWN_COLUMNS,
    UNUSED_COLUMNS,
    TomlText,
    not_read,
    not_sure,
    recognised,
    remarks,
)
from analytics.quality import Finding, Quality
from analytics.questions.ledger import ledger
from analytics.schema import FIELDS
from analytics.selection import Resolved, Selection
from dashboard.text.formats import Formats, formats_of
from dashboard.text.ledger_words import item_label
from dashboard.text.quality_words import EFFECTS, advice, asks, field_of, fixes, label_of
from dashboard.uploads.fixes import fixed
from dashboard.uploads.folder import State, Upload
from dashboard.uploads.mapping import Choice, bare, changed, first_rows, formula_in_words, shown
from dashboard.uploads.pieces import is_settled

SAMPLE = 20  # lines
MOST_COLUMNS = 30
TRIAL = "trial"  # the name under which an upload is read before anybody loads it


def read(upload: Upload, toml: str = "", choice: Choice | None = None, fix: tuple[str, str] = ("", "")) -> None:
    """Find out how the files are read, or take `toml` for that, with the columns that were chosen in it, and read them
    into a store of their own. `fix`: a change of how they are read, and the field that it is of."""
    text = toml or _understood(upload)
    if fix[0]:
        text = fixed(text, declaration(upload, text), upload.folder / TRIAL, *fix)
    if choice is not None:
        spec = declaration(upload, text)
        text = changed(text, spec, first_rows(spec), choice)
    spec = declaration(upload, text)
    mapping = {"mapping": shown(spec, text, first_rows(spec))}
    upload.say(State("reading", toml=text, found=mapping))
    found = contents(upload, spec)
    read_files = used(spec, upload.paths)
    unused = [path.name for path in upload.paths if path not in read_files]
    unused += [name for name in not_read(text) if name.startswith("sheet ")]
    why = {name: _reason(reason) for name, reason in not_read(text).items() if name in unused}
    told = {
        "unused": unused,
        "unused_why": why,
        "doubts": _doubts(text, of_pieces=not mapping["mapping"]["price"] and not is_settled(text)),
        "recognised": [_(title) for title in recognised(text)],
        "remarks": [_remark(line) for line in remarks(text)],
        "assumed": TomlText(text).note("currency") == NOT_IN_FILES,
    }
    upload.say(State("read", toml=text, found={**found, **mapping, **told}))


def _doubts(toml: str, of_pieces: bool) -> list[str]:
    """What the files leave open, without what the page asks or tells elsewhere: the currency and, unless `of_pieces`,
    how many pieces a line sells."""
    end = _(LOOKS_LIKE_PRICE, column="\n").partition("\n")[2]
    told = [doubt for doubt in not_sure(toml) if doubt not in (_(CURRENCY), CURRENCY)]
    return [doubt for doubt in told if of_pieces or not doubt.endswith(end)]


def _remark(line: str) -> str:
    """A remark of a TOML, which is English, in the viewer's language where the catalogue has it."""
    for template in (UNKNOWN_COLUMNS, UNUSED_COLUMNS):
        head = template.partition("{")[0]
        if line.startswith(head):
            return _(template, names=line.removeprefix(head).removesuffix("."))
    return _(line)


def _reason(text: str) -> str:
    """Why a file is not used, in the viewer's language where it is a sentence that the catalogue has; it stands inside
    another sentence, so without a full stop."""
    return next((said for each in (text, f"{text}.") if (said := _(each)) != each), str(text)).rstrip(".")


def _understood(upload: Upload) -> str:
    """How `guess` reads the files. Where it cannot, the columns are left to the viewer, and its error is raised."""
    try:
        return guess(upload.paths, upload.folder, prefix="./", check=False)  # it is read at once
    except DataError:
        text = bare(upload.paths, upload.folder)
        if text:
            spec = declaration(upload, text)
            upload.say(State("reading", toml=text, found={"mapping": shown(spec, text, first_rows(spec))}))
        raise


def declaration(upload: Upload, toml: str) -> Spec:
    """The data set of a TOML beside an upload's files."""
    path = upload.folder / f"{TRIAL}.toml"
    path.write_text(toml, "utf-8")
    return declared(path)


def declared(path: Path) -> Spec:
    """The data set of a TOML that a viewer may have written: it reads files of its own folder, and nothing else.
    CatalogError where it names a database, another folder or another engine."""
    spec = catalog.load(path)
    for source in spec.sources:
        if source.kind == "sql" or not all(f.startswith("./") and ".." not in Path(f).parts for f in source.files):
            raise CatalogError(
                N_('data added in the browser come from the added files: files = ["./name.csv"].'),
                where="source.files",
            )
    if spec.profile.engine.kind != "embedded":
        raise CatalogError(N_("data added in the browser use the embedded engine."), where="engine")
    return spec


def used(spec: Spec, paths: Sequence[Path]) -> list[Path]:
    """The files that a data set reads; it may read only some of those that were added."""
    patterns = [Path(name).name for source in spec.sources for name in source.files]
    return [path for path in paths if any(fnmatchcase(path.name, pattern) for pattern in patterns)]


def contents(upload: Upload, spec: Spec) -> dict[str, Any]:
    """What a data set of an upload's files contains: totals, findings and the first lines."""
    store = upload.folder / TRIAL
    quality = ingest(spec, upload.folder, store).quality
    engine = open_engine(store, TRIAL)
    selection = Selection.from_query("range=all")[0]
    now = engine.resolve(selection)
    f = formats_of(engine.profile)
    totals = engine.aggregate([], ["revenue", "orders", "units"], now).iloc[0]
    columns = [f for f in engine.schema.fields if not f.derived][:MOST_COLUMNS]
    page = engine.lines(now, [f.name for f in columns], [], 0, SAMPLE)
    findings = [found for found in (*quality.findings, *doubts(engine)) if not found.reason.startswith("check_")]
    platform = bool(recognised(spec.path.read_text("utf-8")))
    return {
        "title": engine.profile.title,
        "currency": engine.profile.currency,
        "time_zone": engine.profile.time_zone,
        "tax": "inside" if engine.profile.tax_inside else "on_top",
        "revenue": float(totals["revenue"]),
        "orders": int(totals["orders"]),
        "units": float(totals["units"]),
        "lines": page.count,
        "first": f.day(now.span.start),
        "last": f.day(now.span.end - 1),
        "rows_read": quality.rows_read,
        "findings": [_told(found, quality, platform, f) for found in findings],
        "ledger": _ledger(engine, now),
        "ties": _ties(quality.findings),
        "columns": [_(f.label) for f in columns],
        "sample": _sample(page.rows, f),
    }


def _sample(rows: pd.DataFrame, f: Formats) -> list[list[str]]:
    """The values of lines as texts: money and days written as everywhere, "" where missing."""
    shown = {name: _texts(name, rows[name], f) for name in rows.columns}
    return [list(row) for row in zip(*shown.values(), strict=True)]


def _texts(name: str, values: pd.Series, f: Formats) -> list[str]:
    if values.dtype.kind == "M":
        timed = bool((values.dropna() != values.dropna().dt.normalize()).any())
        written = [f"{f.day(at.to_datetime64())}{at.strftime(', %H:%M') if timed else ''}" for at in values.dropna()]
    elif FIELDS[name].kind == "money" if name in FIELDS else False:
        written = [f.money(value) for value in values.dropna()]
    elif values.dtype.kind == "f":
        written = [f.number(value, 3) for value in values.dropna()]
    else:
        written = list(map(str, values.dropna()))
    texts = iter(written)
    return [next(texts) if known else "" for known in values.notna()]


def _told(finding: Finding, found: Quality, platform: bool, f: Formats) -> dict[str, Any]:
    """A finding as the page shows it."""
    return {
        "label": label_of(finding, f),
        "effect": _(EFFECTS[finding.effect]),
        "rows": finding.rows,
        "places": finding.places,
        "advice": _(advice(finding, in_browser=True)),
        "asks": asks(finding, platform),
        "fixes": [(fix, _(label)) for fix, label in fixes(finding, found, platform)],
        "field": field_of(finding),
    }


def _ties(findings: Sequence[Finding]) -> list[tuple[str, int, int, list[str]]]:
    """The checks of the file: what must be equal, in how many orders or lines it is, and in how many it is not, with
    the places of some."""
    found: dict[str, tuple[str, int, int, list[str]]] = {}
    for finding in findings:
        match = re.fullmatch(r"check_(.+?)(_holds)?", finding.reason)
        if match is None:
            continue
        name, holds = match.groups()
        label, held, off, places = found.get(name, ("", 0, 0, []))
        told = _in_words(_(finding.label).replace(" ≠ ", " = "))
        found[name] = (
            (told, finding.rows, off, places) if holds else (label or told, held, finding.rows, finding.places)
        )
    return list(found.values())


def _in_words(check: str) -> str:
    """A check as people read it: "orders: quantity * list_price = [Subtotal]" as "orders: Quantity × List price =
    “Subtotal”"."""
    of, colon, sides = check.partition(":")
    return f"{of}{colon}{formula_in_words(sides)}"


def _ledger(engine: Engine, now: Resolved) -> list[tuple[str, float]]:
    """The items of the ledger in the platform's words, to be compared with its own report. Tax that amounts contain is
    no summand: it stands below the total, as a part of it."""
    found = ledger(engine, now, {}).frame
    amounts = dict(zip(found["item"], found["amount"].astype(float), strict=True))
    platform = engine.profile.ledger_words
    labels = {item: _(item_label(item, platform, amounts)) for item in amounts}
    if engine.profile.tax_inside and {"taxes", "total_sales"} <= set(amounts):
        labels["taxes"] = _("of which tax")
        order = [item for item in amounts if item != "taxes"]
        order.insert(order.index("total_sales") + 1, "taxes")
        amounts = {item: amounts[item] for item in order}
    return [(labels[item], amount) for item, amount in amounts.items()]

"""A first TOML as text."""

from __future__ import annotations

from analytics.language import language
from analytics.loading.guessing.choice import repeats
from analytics.loading.guessing.drafting.decided import Draft
from analytics.loading.guessing.inspection import Study
from analytics.loading.written.toml_text import in_words, quoted, rates_lines, source_lines
from analytics.schema import FIELDS

# By the language of the reader, how numbers with a decimal comma or of one of these currencies are written.
LOCALES = {"de": "de-DE", "fr": "fr-FR"}
OF_EUROPE = ("EUR", "CHF")


def title_of(study: Study) -> str:
    """What files are called: by their name, or by that of their folder."""
    paths = study.paths
    called = paths[0].name.split(".")[0] if len(paths) == 1 else paths[0].resolve().parent.name
    return " ".join("".join(c if c.isalnum() else " " for c in called).split()).title()


def written(study: Study, draft: Draft) -> str:
    """The TOML as text."""
    currency = draft.currencies[0] if draft.currencies else ""
    rates = rates_lines(draft.currencies[1:], currency)
    width = max(len(n) for n in draft.fields)
    fields = ""
    for name in [f for f in FIELDS if f in draft.fields]:
        note = f"  # {draft.notes[name]}" if draft.notes.get(name) else ""
        fields += f"{name.ljust(width)} = {draft.fields[name]}{note}\n"
    used = " ".join(draft.fields.values())
    unused = [c for c in study.columns if quoted(c) not in used and c not in used]
    left = f"# Columns not used: {', '.join(map(in_words, unused))}\n" if unused else ""
    grouping = [c for c in unused if not study.columns[c].number and repeats(study.columns[c])]
    if grouping:
        told = ", ".join(map(in_words, grouping[:3]))
        left += f"# To filter and group by {told}, declare dimensions under [dimensions].\n"
    cleaning = "\n".join(["[cleaning]", *draft.cleaning, 'exact_duplicates = "keep"      # or "drop"'])
    return (
        f"title = {quoted(title_of(study))}\n"
        f'currency = "{currency or "USD"}"{"" if currency else "  # not in the files"}\n'
        f"locale = {quoted(_locale(study, currency))}\n"
        f'time_zone = "{draft.time_zone or "UTC"}"{"" if draft.time_zone else "  # not in the files"}\n'
        f"\n[source]\n{source_lines(study.source)}{''.join(draft.source)}\n"
        + (f"[rows.drop]\n{''.join(draft.rows)}\n" if draft.rows else "")
        + "".join(f"{part}\n" for part in (rates, *draft.joins) if part)
        + f"[fields]\n{fields}{left}\n"
        + (f"[refunds]\n{''.join(draft.refunds)}\n" if draft.refunds else "")
        + ('[ledger]\ntax = "inside"  # the amounts contain it\n\n' if draft.tax_inside else "")
        + f"{cleaning}\n"
    )


def _locale(study: Study, currency: str) -> str:
    """How the application will write numbers and dates: as the files do, where the reader's language does so too."""
    european = study.source.decimal == "," or currency in OF_EUROPE
    return LOCALES.get(language(), "en-US") if european else "en-US"

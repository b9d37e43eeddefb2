"""The other files of a data set: those joined to the order lines, and the extra tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.errors import DataError
from analytics.language import N_
from analytics.loading.lines import order_lines
from analytics.loading.lines.cleaning import without_copies, without_noise
from analytics.loading.lines.mapping.mapper import Mapper
from analytics.loading.reading import sources as reading
from analytics.loading.reading.rows import Rows
from analytics.loading.reading.sources import RAGGED
from analytics.loading.shaping.shape import Asked, last_step, shaped
from analytics.loading.shaping.summing import summed
from analytics.loading.shaping.touches import paths_of
from analytics.loading.spec import REFUND_COLUMNS, REFUNDS, Join, Rule, Source, Spec, Table, kind_of, mapped_columns
from analytics.quality import Quality


def joined_rows(join: Join, spec: Spec, sources: Path, quality: Quality) -> Rows:
    """The rows of a joined file, cleaned. Examples show the columns that fields use, and keys that are fields."""
    prefix = f"{join.name}."
    declared = frozenset().union(*(mapped_columns(part.rules) for part in spec.parts))
    mapped = frozenset(c.removeprefix(prefix) for c in declared if c.startswith(prefix))
    mapped |= {theirs for ours, theirs in join.on if ours in declared}
    own = Quality()
    copies = join.exact_duplicates or spec.cleaning.exact_duplicates
    cleaning = replace(spec.cleaning, exact_duplicates=copies)
    rows = _shaped_rows(join.source, replace(spec, cleaning=cleaning), sources, mapped, f"join.{join.name}", own)
    refuse_ragged(own, spec, f"join.{join.name}")
    _add_as_noticed(own, f"join {join.name}", quality)
    if join.repeated_keys != "sum":
        return rows
    where = f"{spec.path.name}: join.{join.name}.repeated_keys"
    return summed(rows, [theirs for _, theirs in join.on], _numbers_of(join, spec), where)


def _numbers_of(join: Join, spec: Spec) -> frozenset[str]:
    """The columns of a joined file that fields read as numbers."""
    numeric = [{n: rule} for part in spec.parts for n, rule in part.rules.items() if _is_numeric(n)]
    columns = frozenset().union(*map(mapped_columns, numeric))
    prefix = f"{join.name}."
    return frozenset(c.removeprefix(prefix) for c in columns if c.startswith(prefix))


def _is_numeric(rule: str) -> bool:
    """Whether a rule of fields or of refunds makes numbers."""
    name = rule.removeprefix(f"{REFUNDS}.")
    return (REFUND_COLUMNS[name] if name != rule else kind_of(name)) in ("money", "number")


def _shaped_rows(
    source: Source, spec: Spec, sources: Path, mapped: frozenset[str], section: str, quality: Quality
) -> Rows:
    """All rows of a join or an extra table, cleaned and shaped."""
    raw = without_noise(reading.read(source, sources, spec.path.parent, quality, mapped=mapped), spec.cleaning, quality)
    asked = Asked(f"{spec.path.name}: {section}", spec.cleaning.invalid_rows == "error", wanted=mapped)
    rows = next(shaped(iter([raw]), source.shape, asked, quality))
    rows = without_copies(rows, spec.cleaning, quality)[0]
    last = last_step(source.shape, asked)
    return last(rows, quality) if last else rows


def refuse_ragged(quality: Quality, spec: Spec, section: str) -> None:
    """DataError for rows with too many or too few values, where the TOML says that a row that cannot be read is an
    error. Their values may stand in the wrong columns, so that they are never used."""
    found = next((f for f in quality.findings if f.reason == RAGGED), None)
    if found is not None and spec.cleaning.invalid_rows == "error":
        raise DataError(
            N_("{rows} {problem}", rows=found.rows, problem=found.label),
            where=f"{spec.path.name}: {section}",
            hint=N_('Correct the file or the separator, or leave such rows out: cleaning.invalid_rows = "drop".'),
            examples=found.examples,
            places=found.examples,
        )


def _add_as_noticed(own: Quality, what: str, quality: Quality) -> None:
    """Report the rows left out of another file than the order lines': they do not count among the lines' rows."""
    quality.add_files(own.files)
    for found in own.findings:
        if found.effect == "left out":
            reason = f"{what.replace(' ', '_')}_{found.reason}"
            quality.add(
                reason, N_("{name}: {value}", name=what, value=found.label), "noticed", found.rows, found.examples
            )


def extra_table(spec: Spec, table: Table, sources: Path, quality: Quality) -> pd.DataFrame:
    """The rows of an extra table. DataError where a value cannot be read and the TOML says that this is an error."""
    own = Quality()
    rows = _shaped_rows(table.source, spec, sources, mapped_columns(table.fields), f"tables.{table.name}", own)
    if table.touches is not None:
        rows = paths_of(rows, table.touches, f"{spec.path.name}: tables.{table.name}.touches", own)
    refuse_ragged(own, spec, f"tables.{table.name}")
    mapper = Mapper(rows, table.fields, spec.path.name, spec.profile.time_zone, f"tables.{table.name}.fields")
    frame = pd.DataFrame(_frame_columns(mapper, table.fields), index=pd.RangeIndex(len(rows)))
    keep = np.ones(len(rows), bool)
    for bad in mapper.unreadable:
        found = np.flatnonzero(bad.mask & keep)
        if spec.cleaning.invalid_rows == "error":
            raise order_lines.unreadable(spec, mapper, bad, found, len(keep))
        examples = rows.examples(found, bad.values)
        own.add(
            f"bad_{bad.field}",
            N_("{field}: {problem}", field=bad.field, problem=bad.problem),
            "left out",
            len(found),
            examples,
        )
        keep &= ~bad.mask
    _add_as_noticed(own, f"table {table.name}", quality)
    return frame[keep].reset_index(drop=True)


def _frame_columns(mapper: Mapper, fields: dict[str, Rule]) -> dict[str, object]:
    """Each field as a pandas column of its type. Unreadable values are in `mapper.unreadable`."""
    columns: dict[str, object] = {}
    for name, column in order_lines.columns(mapper, fields).items():
        if isinstance(column, np.ndarray):
            columns[name] = column
        elif kind_of(name) == "id":
            columns[name] = column.cast(pa.string()).to_pandas().astype("str")
        else:
            encoded = column.cast(pa.string()).dictionary_encode()
            texts = pd.Index(encoded.dictionary.to_pandas(), dtype="str")
            columns[name] = pd.Categorical.from_codes(np.asarray(encoded.indices), texts)
    return columns

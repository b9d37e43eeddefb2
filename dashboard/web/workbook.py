"""Excel files: a sheet a chart, and an "About" sheet that says what the figures are."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from analytics.answer import Answer
from dashboard.chart import Chart
from dashboard.page.tables import column_label, column_unit, safe_text

MOST_ROWS = 1_000_000  # Excel's sheets end at 1,048,576
_NUMBER = {"money": "#,##0.00", "percent": "0.00", "count": "#,##0", "ratio": "0.00", "rating": "0.00"}


def workbook(sheets: Sequence[tuple[Chart, Answer]], about: Sequence[tuple[str, str]]) -> bytes:
    """The charts' whole frames as sheets, "About" first; texts stay texts (ids too), numbers carry their unit's format,
    blanks stay blank."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    bold = Font(bold=True)
    page = book.create_sheet("About")
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 26, 110
    rows = [
        *about,
        *(
            (f"{chart.title}", f"{chart.question} {chart.explanation.text} {' '.join(answer.notes)}".strip())
            for chart, answer in sheets
        ),
    ]
    for label, text in rows:
        head = WriteOnlyCell(page, label)
        head.font = bold
        page.append([head, safe_text(text)])
    used: set[str] = set()
    for chart, answer in sheets:
        sheet = book.create_sheet(_sheet_name(chart.title, used))
        _fill(sheet, answer.frame.head(MOST_ROWS), chart, bold)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, frame: pd.DataFrame, chart: Chart, bold: Any) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for i, name in enumerate(frame.columns):
        sheet.column_dimensions[get_column_letter(i + 1)].width = max(12, min(40, len(column_label(name)) + 4))
    heads = [WriteOnlyCell(sheet, column_label(c)) for c in frame.columns]
    for cell in heads:
        cell.font = bold
    sheet.append(heads)
    forms = [_NUMBER.get(column_unit(c, chart)) for c in frame.columns]
    for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False):
        cells = []
        for value, form in zip(row, forms, strict=True):
            cell = WriteOnlyCell(sheet, safe_text(value))
            if form and not isinstance(value, str):
                cell.number_format = form
            cells.append(cell)
        sheet.append(cells)


def _sheet_name(title: str, used: set[str]) -> str:
    """At most 31 characters, none of []:*?/\\, not twice."""
    base = re.sub(r"[\[\]:*?/\\]", " ", title)[:28].strip() or "Sheet"
    name, number = base, 2
    while name.lower() in used:
        name, number = f"{base} {number}", number + 1
    used.add(name.lower())
    return name

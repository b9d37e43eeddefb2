"""Excel workbooks: the same texts as openpyxl reads, and bounds that a hostile file cannot pass."""

from __future__ import annotations

import base64
import datetime as dt
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.errors import SourceError
from analytics.loading.catalog import load
from analytics.loading.dataset import read
from analytics.loading.reading.workbooks import workbook, xlsx_cells
from analytics.loading.spec import Source
from tests.analytics.shop import declared, toml
from tests.samples import examples

HEADER = ("order", "day", "item", "pieces", "total", "who")
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def texts(path: Path, **declared: object) -> list[list[str]]:
    """Names of columns, then the rows."""
    (found,) = workbook.files(path, path.name, Source("excel", (path.name,), **declared))  # type: ignore[arg-type]
    rows = [list(found.schema.names)]
    for block in found.blocks():
        columns = {n: block.table.column(n).to_pylist() for n in block.table.column_names}
        rows += [[columns[n][i] or "" if n in columns else "" for n in rows[0]] for i in range(block.table.num_rows)]
        assert len(block.numbers) == block.table.num_rows
    return rows


def book_of(path: Path, *rows: tuple[object, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def with_sheet(path: Path, rows: str, others: dict[str, str] | None = None) -> Path:
    """A workbook whose first sheet is this XML."""
    plain = book_of(path.with_name("plain.xlsx"), HEADER)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            replaced = {"xl/worksheets/sheet1.xml": SHEET.format(rows), **(others or {})}
            new.writestr(name, replaced.get(name, old.read(name)))
    return path


def test_every_kind_of_cell_is_the_text_that_pandas_gives(tmp_path: Path) -> None:
    path = book_of(
        tmp_path / "b.xlsx",
        ("a", "b", "c", "d", "e", "f"),
        (1, 1.5, "x", True, dt.datetime(2024, 1, 1, 10, 30), None),
        (1.0, 1e22, "NA", False, dt.date(2024, 1, 1), dt.time(10, 30)),
        (None, -0.1, "", "#N/A", "=1/0", dt.timedelta(days=1, hours=10)),
        (123456789012345678, 1e-7, "\n x ", " ", dt.datetime(2024, 1, 1, 10, 30, 15, 500000), 0.1 + 0.2),
        (),
        (5, None, None, None, None, None, None, "far & wide"),
        (dt.datetime(1900, 1, 5),),
    )
    frame = pd.read_excel(path, header=None, dtype=str, na_filter=False, keep_default_na=False)
    expected = [[v if isinstance(v, str) else "" for v in row] for row in frame.astype("str").to_numpy().tolist()]
    assert texts(path)[1:] == expected[1:]
    assert texts(path)[0] == [*"abcdef", "column 7", "column 8"]


def test_sheets_by_name_and_rows_skipped(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(("first",))
    second = book.create_sheet("Other & more")
    for row in (("a note",), ("x", "y"), (1, 2)):
        second.append(row)
    book.save(tmp_path / "b.xlsx")
    assert texts(tmp_path / "b.xlsx") == [["first"]]
    assert texts(tmp_path / "b.xlsx", sheets=("Other & more",), skip_rows=1) == [["x", "y"], ["1", "2"]]
    with pytest.raises(SourceError, match="has no sheet 'Othr'"):
        texts(tmp_path / "b.xlsx", sheets=("Othr",))


def test_texts_in_place_in_parts_and_with_readings(tmp_path: Path) -> None:
    cells = (
        '<row><c t="inlineStr"><is><r><t>Green </t></r><r><t>tea</t></r><rPh><t>reading</t></rPh></is></c>'
        '<c t="str"><f>A1&amp;"x"</f><v>made</v></c><c t="b"><v>1</v></c><c><f>1+1</f><v>2</v></c></row>'
    )
    assert texts(with_sheet(tmp_path / "b.xlsx", cells)) == [["Green tea", "made", "True", "2"]]


def test_blocks_give_what_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(i, None if i % 3 else f"t{i}", i * 0.5) for i in range(40)]
    path = book_of(tmp_path / "b.xlsx", ("a", "b", "c"), *rows[:20], (), (), (), (), (), *rows[20:])
    once = texts(path)
    for size in (1, 2, 7, 41):
        monkeypatch.setattr(xlsx_cells, "BLOCK_ROWS", size)
        assert texts(path) == once


def test_a_far_cell_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = with_sheet(tmp_path / "b.xlsx", far)
    with pytest.raises(SourceError, match=r"spans 1,048,576 rows × 16,384 columns, .* stray cell"):
        texts(path)
    low = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="B1048576"><v>2</v></c></row>'
    (found,) = workbook.files(with_sheet(path, low), "b.xlsx", Source("excel", ("b.xlsx",)))
    assert sum(len(block.numbers) for block in found.blocks()) == 1_048_575


@pytest.mark.parametrize(
    ("rows", "others", "says"),
    [
        ("<row>" + " " * 12_000_000 + "</row>", {}, "far larger unpacked than packed"),
        ('<row><c t="inlineStr"><is><t>' + "x" * 40_000 + "</t></is></c></row>", {}, "over 32,767 characters"),
        ('<row><c r="ZZZZ1"><v>1</v></c></row>', {}, "no cell has the column 'ZZZZ'"),
        ('<row><c t="s"><v>999</v></c></row>', {}, "not a readable workbook"),
        ("<row><c><v>1</c></row>", {}, "not a readable workbook"),
        ("", {"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY e "ha">]><workbook>&e;</workbook>'}, "document type"),
        ("", {}, "is empty"),
    ],
    ids=("bomb", "long text", "column", "unknown text", "no XML", "entity", "no rows"),
)
def test_a_hostile_or_damaged_workbook_is_an_error(
    tmp_path: Path, rows: str, others: dict[str, str], says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        texts(with_sheet(tmp_path / "b.xlsx", rows, others))


def test_too_many_cells_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_cells, "MOST_CELLS", 100)
    with pytest.raises(SourceError, match="more than 100 cells"):
        texts(with_sheet(tmp_path / "b.xlsx", "<row>" + '<c r="A1"><v>1</v></c>' * 101 + "</row>"))
    with pytest.raises(SourceError, match="spans 21 rows × 5 columns"):
        texts(book_of(tmp_path / "c.xlsx", *[(1, 2, 3, 4, 5)] * 21))


def test_a_workbook_is_a_source_of_order_lines(tmp_path: Path) -> None:
    path = book_of(tmp_path / "shop.xlsx", HEADER, (1, dt.datetime(2024, 2, 29), "Tea", 2, 3.5, "Ann"), (), (2,))
    text = toml('[cleaning]\ninvalid_rows = "drop"', source=f'files = "{path.name}"')
    tables = read(load(declared(tmp_path, text)), tmp_path)
    assert tables.lines["amount"].tolist() == [3.5]
    assert {f.reason: f.examples for f in tables.quality.findings}["blank_row"] == ["shop.xlsx:3: , , , , , "]


# --- Excel 97–2003 ---------------------------------------------------------------------------------------------------

# A cover sheet, and a sheet "Jan 24" with a title, a blank row, a header and two rows; compressed.
OLD_BOOK = zlib.decompress(
    base64.b85decode(
        "c-rk)T}TvB6h3$6&i>`kY8q%Hi;$Hml=%>Wt(K(}D`r9e)aVW*+K!A%VL@58k44Z^5rJS2y;u?SLj?sr^bi>J5Cnl%_|j8Q(1SXi"
        "b7pq^si1`tl=+r>=AOTM?wxz?&(7<Sg3-adrDHG$n?Z#sI|#lRGJz$SX2O7a+oo#z8NgzDSWpNCa3XygJkEXPr#Yng9s>pL$md7_"
        "K4LipJ<wt%jL1A<3->`6)Q37DG4~X>jwKIDxL<`#JD4tIdYf&ZFs*0FMW%IVJ1P#qNVKJLqnpS3lycVPAr<g|ecrQVJru)B%Hy+_"
        "g=4EhgVm{bFEB-!%z+`mDQz+mhDCfa+@wXjA5k5PRW~+9nwvMpVxv%mlRgCB?FhiP^y+>V@#OO>7l85~v*rFj$OAZ)bLCeQ3D6Jr"
        "Q9&u4f?PN(Nu$A5^MqlgFxT&C&I;e5Cn7bq6L1igAWtO(uv_modLuRKYHD!{Xft|DD~aZ&6*nvuAg=deYn@5sIBI)3jSiz1wMjFn"
        "ccb>?F%z{rKld7#gbgUzW9T6|EO>JX&)QsadCBD<jYB@y3wYs$aa0qxzP^dIw?>b!q@NEI=h#_EqXQexkq0{GWi$@0WRJB>&vUEG"
        "xn9b&2;TxeD_V=)%Ju=axxm^AjI)99Ho9s?eKpooUv@n#OMQy2!TNC1*r}r7chNy8$73*#{`4DwDp4h_T_rq<rk}#ypgu4y`DL>T"
        "C}FqnwtKeb!z4`uqQE(Tl|r~rrns3+V?N$0X9>5uxZbL8EfgNzYzu`gh&mj-KQ+TC$jJ<+BBy0IiJULPX~_BAIO?1@XOs}j9D5bt"
        "whA;N!lf1C_0)pOv1o>#qDJLdA@(_qAtg9A6eZ|JkvwD5QOHlSM~IKf8!u=y<R`i9klVK8wtZ|lju!#xWE}i1<2-oq;K73j4~q(P"
        "DWYo+T}-5V`J+pL-~FyLiDk<BOtNUv1}6TJ_-Aq(B=BiLUsn0E3^b8$OZ=rz`g<W^FGjbZ3);CKU0LTZ{vi-E$Me^Y;eWS;vW-8L"
        "O+Wv0{GY|6AdU"
    )
)


def test_an_old_workbook_is_read_as_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "b.xls"
    path.write_bytes(OLD_BOOK)
    assert texts(path, sheets=("Jan*",), header=("order", "who")) == [
        list(HEADER),
        ["1", "2024-01-01 10:30:00", "Käse", "2", "3.5", "A"],
        ["2", "2024-02-29 00:00:00", "Tea", "1", "-7", ""],
    ]
    assert texts(path) == [["Sales 2024"]]
    lines = read(
        load(declared(tmp_path, toml(source='files = "b.xls"\nsheet = "Jan 24"\nskip_rows = 2'))), tmp_path
    ).lines
    assert list(lines["amount"]) == [3.5, -7]


def test_what_only_has_the_name_of_an_old_workbook_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "b.xls"
    for content, says in (
        (b"<html><table>", "It is a web page"),
        (b"PK\3\4", "It is an .xlsx file"),
        (b"a,b\n1,2\n", 'Declare kind = "csv"'),
        (OLD_BOOK[:700], "is not a readable workbook"),
        (OLD_BOOK[:512] + b"\xff" * 5120, "is not a readable workbook"),
    ):
        path.write_bytes(content)
        with pytest.raises(SourceError, match=says):
            texts(path)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(OLD_BOOK) - 1), st.integers(0, 255)), min_size=1, max_size=30))
def test_a_damaged_old_workbook_is_read_or_refused(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    content = bytearray(OLD_BOOK)
    for at, value in changes:
        content[at] = value
    (tmp_path / "b.xls").write_bytes(bytes(content))
    with suppress(SourceError):
        texts(tmp_path / "b.xls")

"""Numbers and times as platforms write them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.errors import DataError
from analytics.loading.lines.values import as_numbers
from analytics.loading.written import dates, fixed_dates
from analytics.loading.written.date_texts import usual
from analytics.loading.written.money import bare, codes_of, currencies
from tests.analytics.shop import FIELDS, HEAD, shop, toml


@pytest.mark.parametrize(
    ("text", "number"),
    [("12 руб", "12"), ("5元", "5"), ("₹ 1,50", "1,50"), ("S/ 5", "5"), ("Rs.5", "5"), ("1 234 zł", "1 234"),
     ("$5", "5"), ("2.50-", "-2.50"), ("−2,5", "-2,5"), ("12 pcs", "12 pcs"), ("A-17", "A-17"), ("Kč", "Kč"),
     ("2024-01-05", "2024-01-05")],
)  # fmt: skip
def test_a_column_of_one_currency_is_bare_whatever_its_script(text: str, number: str) -> None:
    assert bare(pa.array([text])).to_pylist() == [number]


@pytest.mark.parametrize(
    ("text", "written"),
    [("2024-01-05 10:20", "2024-01-05 10:20"), ("5 März 2024", "5 Mar 2024"), ("5 oct. 2024", "5 Oct 2024"),
     ("Montag, 5 Jan 2024", "5 Jan 2024"), ("lördag 5 Jan 2024", "5 Jan 2024"), ("5\u00a001\u00a02024", "5 01 2024")],
)  # fmt: skip
def test_a_column_of_one_language_is_written_as_usual(text: str, written: str) -> None:
    assert usual(pa.array([text]), "UTC").to_pylist() == [written]


@pytest.mark.parametrize(
    ("decimal", "thousands", "number", "texts"),
    [
        (".", ",", 3000, ["AU $3,000.00", "$3,000.00", "3,000 USD", "US $3,000", "USD3,000", "৳3,000", "Rs. 3,000"]),
        (",", ".", 90.5, ["EUR 90,50", "90,50 €", "90,50 zł", "kr 90,50", "R$ 90,50", "90,50 kr.", "90,50 eur"]),
        (",", " ", 1234.5, ["1 234,50 €", "1\u00a0234,50", "1\u202f234,50 €", "1 234,5"]),
        (".", "'", 1234.5, ["CHF 1'234.50", "Fr. 1'234.50", "1\u2019234.50"]),
        (",", ".", -12.5, ["12,50-", "-12,50", "(12,50)", "\u221212,50", "-12,50 EUR", "12,50- EUR", "- 12,50"]),
        (".", ",", -1234.5, ["$(1,234.50)", "($1,234.50)", "-$1,234.50", "$-1,234.50", "1,234.50-", "(USD 1,234.50)"]),
        (",", "", 12, ["12,-", "12,-- €", "12"]),
        (".", "", 0.25, ["25%", "25 %", "25.0%", "0.25"]),
        (".", ",", np.nan, ["--", "-", "–", "", "  "]),
    ],
)  # fmt: skip
def test_money_is_read_however_it_is_written(decimal: str, thousands: str, number: float, texts: list[str]) -> None:
    values, unreadable = as_numbers(pa.array(texts, pa.string()), decimal, thousands)
    assert not unreadable.any(), [t for t, bad in zip(texts, unreadable, strict=True) if bad]
    np.testing.assert_allclose(values, [number] * len(texts))


@pytest.mark.parametrize(
    "text", ["12 pcs", "No 5", "A12", "12.50.1", "1,23", "12-5", "(12", "Cup 3", "EUR", "12 34", "$"]
)
def test_what_is_no_number_stays_unreadable(text: str) -> None:
    assert as_numbers(pa.array([text], pa.string()), ".", ",")[1].all()


def test_currencies_are_seen_beside_numbers() -> None:
    written = ["AU $3,000.00", "90,50 €", "12 USD", "$5", "R$ 7", "12 zł", "kr 5", "12", "(EUR 3.00)", "5 pcs", "£-3"]
    found = currencies(pa.array(written, pa.string())).to_pylist()
    assert found == ["AUD", "EUR", "USD", "", "BRL", "PLN", "", "", "EUR", "", "GBP"]
    assert codes_of(pa.array(["eur", "Euro", "€", "USD", "US $", "??"])).to_pylist() == [
        "EUR",
        "EUR",
        "EUR",
        "USD",
        "USD",
        "??",
    ]


def test_a_currency_beside_amounts_counts(tmp_path: Path) -> None:
    rows = HEAD + "1,2024-01-01,Tea,1,12 EUR,A\n2,2024-01-01,Tea,1,10 USD,A\n"
    with pytest.raises(DataError, match=r"1 row is in EUR, which has no rate to USD"):
        shop(tmp_path, rows)
    assert list(shop(tmp_path, rows, toml("[rates]\nEUR = 2")).lines["amount"]) == [24, 10]
    fields = FIELDS + 'currency = "who"\n'
    lines = shop(tmp_path, HEAD + "1,2024-01-01,Tea,1,12,Euro\n", toml("[rates]\nEUR = 2", fields=fields)).lines
    assert (list(lines["amount"]), list(lines["currency"])) == ([24], ["EUR"])


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("texts", "read", "zone"),
    [
        (["Oct-05-26", "Oct-31-26"], ["2026-10-05", "2026-10-31"], "UTC"),
        (["Sep 4, 2026 1:05:07 AM PDT"], ["2026-09-04T01:05:07"], "America/Los_Angeles"),
        (["Sep 4, 2026 1:05:07 AM PDT"], ["2026-09-04T08:05:07"], "UTC"),
        (["16-Dec-2023 02:44 AM EST"], ["2023-12-16T02:44:00"], "America/New_York"),
        (["16-Dec-2023 02:44 PM AEDT"], ["2023-12-16T14:44:00"], "Australia/Sydney"),
        (["05-oct.-26", "31-déc.-26"], ["2026-10-05", "2026-12-31"], "UTC"),
        (["3 janvier 2024", "1er août 2024"], ["2024-01-03", "2024-08-01"], "UTC"),
        (["3 de enero de 2024", "28 de diciembre de 2024"], ["2024-01-03", "2024-12-28"], "UTC"),
        (["3. Januar 2024", "15. März 2024"], ["2024-01-03", "2024-03-15"], "UTC"),
        (["2024年1月3日"], ["2024-01-03"], "UTC"),
        (["2026-09-03 10:14:00 -0400"], ["2026-09-03T14:14:00"], "UTC"),
        (["2026-09-03 10:14:00 UTC", "2026-09-03 10:14:00 UTC"], ["2026-09-03T10:14:00"] * 2, "UTC"),
        (["2024-01-05T10:11:12Z", "2024-01-05T10:11:12.123Z"], ["2024-01-05T10:11:12"] * 2, "UTC"),
        (["1/31/2024 5:30pm", "1/31/2024 5:30 p. m."], ["2024-01-31T17:30:00"] * 2, "UTC"),
        (["Jan 3, 2024, 3:04\u202fPM"], ["2024-01-03T15:04:00"], "UTC"),
        (["31.12.2024, 15:04 Uhr"], ["2024-12-31T15:04:00"], "UTC"),
        (["Monday, January 5, 2026"], ["2026-01-05"], "UTC"),
        (["2024-01", "2024-12"], ["2024-01-01", "2024-12-01"], "UTC"),
        (["2014-Q2", "Q4 2014"], ["2014-04-01", "2014-10-01"], "UTC"),
        (["45294", "45295.75"], ["2024-01-03", "2024-01-04T18:00:00"], "Europe/Berlin"),
        (["1777000000"], ["2026-04-24T05:06:40"], "Europe/Berlin"),
        (["1777000000000"], ["2026-04-24T03:06:40"], "UTC"),
        (["1777000000000000"], ["2026-04-24T03:06:40"], "UTC"),
    ],
)
def test_times_are_read_however_they_are_written(texts: list[str], read: list[str], zone: str) -> None:
    formats = dates.fitting(texts, zone)
    assert len(formats) == 1, formats
    expected = np.array(read, "datetime64[us]")
    assert (dates.parse(texts, formats, zone) == expected).all(), dates.parse(texts, formats, zone)


def test_month_names_of_many_languages_are_known() -> None:
    from babel.dates import format_date

    days = [date(2024, month, 17) for month in range(1, 13)]
    for language in ("de", "fr", "es", "pl", "fi"):
        for pattern in ("d MMMM y", "d-MMM-y"):
            texts = [format_date(day, pattern, locale=language) for day in days]
            formats = dates.fitting(texts)
            read = dates.parse(texts, formats[:1] or ["%d %b %Y", "%d-%b-%Y"], "UTC")
            assert (read == np.array(days, "datetime64[us]")).all(), (language, texts, formats)


def test_times_that_are_local_to_a_zone_of_their_own(tmp_path: Path) -> None:
    rows = HEAD.replace("who", "who,clock,zone") + (
        "1,2026-06-01,Tea,1,3,A,09:12:00,Eastern Time (US & Canada)\n2,2026-06-01,Tea,1,3,A,23:30:00,Europe/Berlin\n"
    )
    field = '{ columns = ["day", "clock"], format = "%Y-%m-%d %H:%M:%S", zone = "zone" }'
    lines = shop(tmp_path, rows, toml(fields=FIELDS.replace('"day"', field), top='time_zone = "Europe/London"')).lines
    assert [str(t) for t in lines["ordered_at"]] == ["2026-06-01 14:12:00", "2026-06-01 22:30:00"]
    with pytest.raises(DataError, match="column “zone”: not the name of a time zone, on 1 of 1 rows"):
        shop(
            tmp_path,
            rows.splitlines()[0] + "\n1,2026-06-01,Tea,1,3,A,09:12:00,Mars\n",
            toml(fields=FIELDS.replace('"day"', field)),
        )


def test_what_is_one_has_one_spelling(tmp_path: Path) -> None:
    rows = HEAD + (
        "1,2024-01-01,Cafe\u0301,1,3,17850\n2.0,2024-01-02,Café,1,3,17850.0\n2,2024-01-02,Café,1,3,Ann@Example.com\n"
        "\ufeff2,2024-01-02,Café,1,3,ann@example.com\n"
    )
    tables = shop(tmp_path, rows)
    assert set(tables.lines["product"]) == {"Café"}
    assert list(tables.lines["order_id"]) == ["1", "2", "2", "2"]
    assert list(tables.lines["customer"]) == ["17850", "17850", "ann@example.com", "ann@example.com"]
    assert {f.reason: f.rows for f in tables.quality.findings if f.effect == "changed"} == {
        "decomposed": 1,
        "white_space": 1,
    }


def test_a_zip_archive_of_one_file_is_read(tmp_path: Path) -> None:
    import zipfile

    from analytics.errors import SourceError
    from analytics.loading.reading import text_stream

    source = toml(source='files = "shop.zip"')
    with zipfile.ZipFile(tmp_path / "shop.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders.csv", HEAD + "1,2024-01-01,Tea,1,3,A\n" * 1000)
    assert len(shop(tmp_path, "", source, "x.csv").lines) == 1000
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_stream, "ALWAYS_UNPACKED", 1)
        patched.setattr(text_stream, "MOST_UNPACKED_TIMES", 2)
        with pytest.raises(SourceError, match=r"shop\.zip: the file is far larger unpacked than packed"):
            shop(tmp_path, "", source, "x.csv")
    with zipfile.ZipFile(tmp_path / "shop.zip", "a") as archive:
        archive.writestr("other.csv", HEAD)
    with pytest.raises(SourceError, match=r"shop\.zip: the archive holds 2 files"):
        shop(tmp_path, "", source, "x.csv")


FIXED = ("%Y-%m-%d %H:%M:%S %z", "%d.%m.%Y", "%m/%d/%Y %H:%M", "%Y%m%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %z")


@given(
    st.sampled_from(FIXED),
    st.datetimes(pd.Timestamp("1700-01-01").to_pydatetime(), pd.Timestamp("2500-01-01").to_pydatetime()),
    st.sampled_from(["+0000", "-0500", "+0530", "-1130", "+2400", "+0060", "Z"]),
    st.lists(st.tuples(st.integers(0, 25), st.sampled_from("0139 :-+/Té")), max_size=2),
)
def test_dates_of_full_width_are_read_as_strptime_reads_them(
    fmt: str, moment: datetime, offset: str, changes: list[tuple[int, str]]
) -> None:
    text = moment.strftime(fmt.replace("%z", offset).replace("%Y", f"{moment.year:04d}"))
    for at, character in changes:
        text = text[:at] + character + text[at + 1 :]
    found = fixed_dates.read(pa.array([text, None, ""], pa.string()), fmt)
    wanted = pd.to_datetime(pd.Series([text], dtype="str"), format=fmt, errors="coerce", utc=True)
    assert np.isnat(found[1:]).all()
    assert np.isnat(found[0]) or found[0] == wanted.dt.tz_localize(None).to_numpy().astype("datetime64[us]")[0]
    if not changes and offset not in ("+2400", "+0060", "Z"):
        assert not np.isnat(found[0])


def test_dates_that_few_texts_write_otherwise_are_read_too() -> None:
    texts = ["2026-02-15 00:07:15 -0500", "2026-2-15 0:07:15 -0500", "2026-02-30 00:07:15 -0500", ""]
    found = dates.parse(texts, ["%Y-%m-%d %H:%M:%S %z"], "America/New_York")
    assert found.astype(str).tolist() == ["2026-02-15T00:07:15.000000"] * 2 + ["NaT"] * 2

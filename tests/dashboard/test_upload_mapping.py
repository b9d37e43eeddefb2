"""Which column is which field: what the page "Add data" shows of it, and what a viewer may choose instead."""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from analytics.errors import DataError, StoresightError
from analytics.language import in_language
from analytics.loading.written.toml_text import quoted
from dashboard.uploads.edits import with_value
from dashboard.uploads.folder import Upload
from dashboard.uploads.mapping import Choice
from dashboard.uploads.process.reading import main
from dashboard.uploads.trial import _reason, read
from tests.packs.orders import orders
from tests.packs.platforms import shopify, text
from tests.packs.ways import PLATFORMS

PLAIN = "Order,Date,Product,Quantity,Amount,Paid,Customer\n" + "".join(
    f"{n // 2},2024-03-{n // 2:02},{'Tea' if n % 3 else 'Cup'},2,10.00,9.50,ida{n % 7}\n" for n in range(2, 42)
)


def upload_of(root: Path, content: str, name: str = "orders.csv") -> Upload:
    data = content.encode()
    upload = Upload.begin(root, [(name, len(data))], 2**22)
    upload.append(0, 0, data)
    return upload


def fields(upload: Upload) -> dict[str, dict[str, Any]]:
    return {f["field"]: f for f in upload.state.found["mapping"]["fields"]}


def chosen(upload: Upload, columns: dict[str, str], formats: dict[str, str] | None = None) -> None:
    read(upload, upload.state.toml, Choice(columns, formats or {}))


def test_each_field_has_its_column_a_reason_and_how_sure_it_is(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, PLAIN.replace("Order,", "No.,", 1))
    read(upload)
    found = fields(upload)
    assert (found["amount"]["column"], found["amount"]["sure"]) == ("Amount", "sure")
    assert (found["order_id"]["column"], found["order_id"]["made"], found["order_id"]["sure"]) == (
        "=",
        "each row is one",
        "check",
    )
    assert "each row counts as one" in found["order_id"]["why"]
    assert found["brand"]["column"] == ""
    assert found["brand"]["optional"]
    assert not found["amount"]["optional"]
    assert ["Customer", "ida2, ida3, ida4"] in upload.state.found["mapping"]["columns"]
    assert upload.state.found["ledger"][-1] == ["Total sales", 400.0]


@pytest.mark.long
def test_another_column_is_read_at_once(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, PLAIN)
    read(upload)
    assert (upload.state.found["revenue"], upload.state.found["orders"]) == (400.0, 20)
    chosen(upload, {"amount": "Paid", "customer": ""})
    assert upload.state.found["revenue"] == 380.0
    found = fields(upload)
    assert (found["amount"]["column"], found["amount"]["sure"]) == ("Paid", "chosen")
    assert found["customer"]["column"] == ""
    chosen(upload, {"order_id": "", "product": ""})
    assert upload.state.found["orders"] == 40
    assert fields(upload)["product"]["made"] == "always All products"
    chosen(upload, {"order_id": "Order", "customer": "Customer"})
    assert upload.state.found["orders"] == 20


def test_money_of_the_whole_order_is_shared_by_its_lines(tmp_path: Path) -> None:
    rows = "".join(f"{n // 2},2024-03-05,P{n % 3},{n % 2 + 1},{n}.50,{n // 2 * 3}.00\n" for n in range(2, 60))
    upload = upload_of(tmp_path, "Order,Date,Product,Quantity,Amount,Paid in all\n" + rows)
    read(upload)
    chosen(upload, {"amount": "Paid in all"})
    assert upload.state.found["revenue"] == pytest.approx(sum(3 * n for n in range(1, 30)))
    assert "shared among its lines" in fields(upload)["amount"]["made"]


def test_dates_that_can_be_read_in_two_ways_are_asked_for(tmp_path: Path) -> None:
    rows = "".join(f"{n},{n % 9 + 1:02}/{n % 5 + 2:02}/2024,Tea,1,5.00\n" for n in range(40))
    upload = upload_of(tmp_path, "Order,Date,Product,Quantity,Amount\n" + rows)
    with pytest.raises(DataError, match="can be read in several ways"):
        read(upload)
    date = fields(upload)["ordered_at"]
    assert date["sure"] == "check"
    assert dict(date["formats"]) == {
        "%d/%m/%Y": "01/02/2024 is 1 Feb 2024",
        "%m/%d/%Y": "01/02/2024 is 2 Jan 2024",
    }
    chosen(upload, {"ordered_at": "Date"}, {"ordered_at": "%m/%d/%Y"})
    assert (upload.state.found["first"], upload.state.found["last"]) == ("2 Jan 2024", "5 Sep 2024")
    chosen(upload, {}, {"ordered_at": "%d/%m/%Y"})
    assert (upload.state.found["first"], upload.state.found["last"]) == ("1 Feb 2024", "8 Jun 2024")
    assert fields(upload)["ordered_at"]["format"] == "%d/%m/%Y"


@pytest.mark.long
def test_a_platform_is_named_as_the_reason(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, text([row for order in orders(3)[:40] for row in shopify(order)]))
    read(upload)
    found = fields(upload)
    assert found["customer"]["why"] == "As in every export of this kind: Shopify orders export."
    assert found["amount"]["made"] == "Subtotal of the order, shared among its lines"
    assert {found[name]["sure"] for name in ("order_id", "amount", "customer")} == {"sure"}


def test_fields_made_of_several_columns_are_told(tmp_path: Path) -> None:
    way = PLATFORMS["eBay transactions in en"]
    rows = [row for order in orders(3)[:10] for row in way.rows(way.told(order))]
    upload = upload_of(tmp_path, text(rows, above=way.above))
    read(upload)
    found = fields(upload)
    assert found["amount"]["made"] == "the first of these that is not empty: Item subtotal, Gross transaction amount"
    assert found["selling_fees"]["made"].startswith("the sum of Final Value Fee - fixed, ")


def test_only_columns_and_formats_of_the_files_are_taken(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, PLAIN)
    read(upload)
    before = upload.state
    refused: list[tuple[dict[str, str], dict[str, str], str]] = [
        ({"amount": 'x"\n[source]\nfiles = "/etc/passwd'}, {}, "no column"),
        ({"amount": "Nothing"}, {}, "no column"),
        ({"place": "Order"}, {}, "no field"),
        ({'amount"]\n': "Order"}, {}, "no field"),
        ({}, {"ordered_at": "%Y'"}, "format"),
        ({"ordered_at": "Date"}, {"ordered_at": "%H"}, "format"),
    ]
    for columns, formats, says in refused:
        with pytest.raises(DataError, match=says):
            chosen(upload, columns, formats)
        assert upload.state == before


def test_files_that_nobody_understands_leave_the_columns_to_the_viewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"{n},{n % 28 + 1:02}.03.2024,{n}.5\n" for n in range(1, 40))
    upload = upload_of(tmp_path, "Ref,When,Whatever fee\n" + rows)
    monkeypatch.setattr("dashboard.uploads.process.reading.limit", lambda _: None)
    assert main(["en", "read", str(upload.folder)]) == 1
    assert upload.state.stage == "failed"
    assert "no column has" in upload.state.message
    assert fields(upload)["amount"]["sure"] == "check"
    chosen(upload, {"order_id": "Ref", "ordered_at": "When", "amount": "Whatever fee"})
    assert (upload.state.stage, upload.state.found["orders"]) == ("read", 39)


def test_a_value_of_a_toml_is_exchanged_and_all_else_stays() -> None:
    toml = 'title = "A" # the shop\n[fields] # of lines\namount = "x # y"  # a note\n\n[cleaning]\n'
    assert 'amount = "b"\n' in with_value(toml, "fields.amount", '"b"')
    assert with_value(toml, "fields.tax", '"t"').count("\n") == toml.count("\n") + 1
    assert tomllib.loads(with_value(toml, "fields.tax", '"t"'))["fields"] == {"amount": "x # y", "tax": "t"}
    assert tomllib.loads(with_value(toml, "fields.amount", ""))["fields"] == {}
    assert with_value(toml, "title", quoted('B"\n')).startswith('title = "B\\"\\n"\n[fields] # of lines\n')
    assert with_value(toml, "new.a", "1").endswith("[cleaning]\n\n\n[new]\na = 1\n")
    assert with_value(with_value(toml, "cleaning.a", "1"), "cleaning.a", "2").endswith("[cleaning]\na = 2\n")
    for other in ('fields.amount = "x"\n', '[fields]\namount = [\n"x"]\n', "not toml", 'a = """\n[fields]\n"""\n'):
        with pytest.raises(DataError):
            with_value(other, "fields.amount", '"b"')


@pytest.mark.long
def test_fields_of_a_joined_file_are_shown_as_they_are_made_and_its_shipping_counts_once(tmp_path: Path) -> None:
    heads = "id,order_date,customer,shipping,weight\n" + "".join(
        f"{n},2024-03-{n:02},kay,2.50,7\n" for n in range(1, 29)
    )
    lines = "order_id,item,quantity,amount\n" + "".join(f"{n // 2 + 1},Tea {n % 3},1,{n}.50\n" for n in range(56))
    upload = Upload.begin(tmp_path, [("orders.csv", len(heads)), ("items.csv", len(lines))], 2**22)
    for number, content in enumerate((heads, lines)):
        upload.append(number, 0, content.encode())
    read(upload)
    found = upload.state.found
    day = next(f for f in found["mapping"]["fields"] if f["field"] == "ordered_at")
    assert (day["column"], day["made"], day["sure"]) == ("orders.order_date", "", "sure")
    assert dict(map(tuple, found["ledger"]))["Shipping"] == 28 * 2.5
    assert found["remarks"] == ["Columns of orders.csv not used: weight."]
    assert ["orders.weight", "7"] in found["mapping"]["columns"]
    read(
        upload,
        upload.state.toml,
        Choice({"tax": "orders.weight"}, own={"Buyer's name": "orders.customer", "Sale": "item"}),
    )
    found = upload.state.found
    assert dict(map(tuple, found["ledger"]))["Taxes"] == 28 * 7, "of the order, so its lines share it"
    own = {f["field"]: (f["label"], f["column"], f["sure"]) for f in found["mapping"]["fields"][-2:]}
    assert own == {
        "buyer_s_name": ("Buyer's name", "orders.customer", "chosen"),
        "my_sale": ("Sale", "item", "chosen"),
    }
    assert "Buyer's name" in found["columns"]
    chosen(upload, {"my_sale": ""})
    assert upload.state.found["mapping"]["fields"][-1]["field"] == "buyer_s_name"
    assert "my_sale" not in upload.state.toml
    for label, column in (
        ("", "item"),
        ("x" * 41, "item"),
        ("a\nb\x07", "item"),
        ("Store", "orders.nothing"),
        ("Store", "nothing.x"),
    ):
        with pytest.raises(DataError):
            read(upload, upload.state.toml, Choice(own={label: column}))


def test_a_report_that_counts_orders_is_no_file_of_order_lines(tmp_path: Path) -> None:
    days = "Date,Orders,Sales\n" + "".join(f"2024-03-{n:02},{n % 5 + 2},{n}.50\n" for n in range(1, 29))
    with pytest.raises(DataError, match=r'"Orders" counts orders, so each row is a sum.*Export the orders'):
        read(upload_of(tmp_path, days))


def test_what_was_noticed_can_be_answered_before_the_files_are_loaded(tmp_path: Path) -> None:
    rows = "1,2024-03-01 10:30,Tea,2,10.00\n2,2024-03-02 11:00,Tea,2,-10.00\n"
    upload = upload_of(tmp_path, "Order,Date,Product,Quantity,Amount\n" + rows)
    read(upload)
    found = upload.state.found
    (asked,) = [each for each in found["findings"] if "whether goods came back" in each["label"]]
    assert [fix for fix, _ in asked["fixes"]] == ["as_returns", "as_corrections"]
    assert (found["units"], found["sample"][0][1:5]) == (4, ["1 Mar 2024, 10:30", "Tea", "2", "$10.00"])
    read(upload, upload.state.toml, fix=("as_returns", ""))
    assert upload.state.found["units"] == 0
    assert not any(each["fixes"] for each in upload.state.found["findings"] if "goods" in each["label"])


def test_currency_time_zone_and_tax_can_be_chosen(tmp_path: Path) -> None:
    upload = upload_of(tmp_path, PLAIN)
    read(upload)
    assert [upload.state.found[n] for n in ("currency", "time_zone", "tax", "assumed")] == [
        "USD",
        "UTC",
        "on_top",
        True,
    ]
    wanted = {"currency": "EUR", "time_zone": "Europe/Berlin", "ledger.tax": "inside"}
    read(upload, upload.state.toml, Choice(settings=wanted))
    found = upload.state.found
    assert [found[n] for n in ("currency", "time_zone", "tax", "assumed")] == ["EUR", "Europe/Berlin", "inside", False]
    for place, value in (
        ("time_zone", "Mars/Base"),
        ("currency", "EURO"),
        ("source.files", "/etc/passwd"),
        ("ledger.tax", "x"),
    ):
        with pytest.raises(StoresightError):
            read(upload, upload.state.toml, Choice(settings={place: value}))


def test_rows_that_cannot_be_read_are_left_out_by_a_button(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.uploads.process.reading.limit", lambda _: None)
    upload = upload_of(tmp_path, PLAIN.replace("\n5,", "\n,"))
    assert main(["en", "read", str(upload.folder)]) == 1
    state = upload.state
    assert state.message.endswith("Correct the file, or leave these rows out.")
    assert state.found["ways"] == [["drop_invalid", "Leave these rows out"]]
    assert main(["en", "fix", str(upload.folder), "drop_invalid", ""]) == 0
    assert upload.state.found["lines"] == 38


def test_a_currency_without_a_rate_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.uploads.process.reading.limit", lambda _: None)
    lines = PLAIN.strip().split("\n")
    text = "\n".join([f"{lines[0]},Currency", *(f"{t},{'EUR' if n % 4 else 'USD'}" for n, t in enumerate(lines[1:]))])
    upload = upload_of(tmp_path, text)
    assert main(["en", "read", str(upload.folder)]) == 1
    assert upload.state.found["rate"] == ["USD", "EUR"]
    assert "[rates]" not in upload.state.message
    for wrong in ("", "abc", "0", "-1", "1e9", "1;2"):
        with pytest.raises(DataError):
            read(upload, upload.state.toml, Choice(settings={"rates.USD": wrong}))
    read(upload, upload.state.toml, Choice(settings={"rates.USD": "0,5"}))
    assert upload.state.found["revenue"] == 10 * (30 + 10 * 0.5)


def priced(root: Path, name: str, more: str = "", value: str = "") -> Upload:
    """An upload of 60 lines with a price and no known column of pieces."""
    prices = {"Tea": "4.50", "Cup": "12.90", "Pot": "30.00"}
    rows = "".join(
        f"{n // 2},2024-03-{n // 2 % 28 + 1:02},{item},{prices[item]}{value and ',' + value.format(n % 4 + 1)}\n"
        for n, item in ((n, list(prices)[n * 5 // 2 % 3]) for n in range(60))
    )
    return upload_of(root, f"Order,Date,Product,{name}{more and ',' + more}\n{rows}")


@pytest.mark.sampled(6)
@pytest.mark.parametrize("name", ["Preis/Stk", "MRP", "Rate", "price (each)", "Price", "Betrag"])
def test_a_price_of_one_piece_asks_how_many_pieces_a_line_sells(tmp_path: Path, name: str) -> None:
    upload = priced(tmp_path, name, "Xyz.", "{}")
    read(upload)
    toml, found = upload.state.toml, upload.state.found
    assert found["mapping"]["price"] == name
    assert any(label.startswith("Lines whose number of pieces") for label in labels(upload))
    assert not any("price of one piece" in doubt for doubt in found["doubts"]), "it is asked, not told a second time"
    revenue = found["revenue"]
    chosen(upload, {"quantity": "="})
    assert not any("price of one piece" in doubt for doubt in upload.state.found["doubts"])
    assert (asked(upload), upload.state.found["revenue"], fields(upload)["quantity"]["sure"]) == ("", revenue, "chosen")
    assert (fields(upload)["amount"]["column"], fields(upload)["unit_price"]["column"]) == (name, name)
    assert not any("pieces" in label for label in labels(upload)), "it was answered"
    chosen(upload, {"quantity": "Xyz."})
    assert asked(upload) == ""
    assert upload.state.found["units"] == 150
    assert upload.state.found["revenue"] > 2 * revenue
    read(upload, toml, Choice({"quantity": "=", "amount": name}))
    assert (asked(upload), upload.state.found["revenue"]) == ("", revenue)
    assert fields(upload)["unit_price"]["column"] == "", "a total is no price"


def asked(upload: Upload) -> str:
    return str(upload.state.found["mapping"]["price"])


def labels(upload: Upload) -> list[str]:
    return [finding["label"] for finding in upload.state.found["findings"]]


def test_a_cost_that_a_viewer_takes_as_the_amount_asks_too(tmp_path: Path) -> None:
    upload = priced(tmp_path, "cost")
    with pytest.raises(DataError, match="no column has the amount"):
        read(upload)
    chosen(upload, {"amount": "cost"})
    assert asked(upload) == "cost"
    chosen(upload, {"quantity": "="})
    assert asked(upload) == ""


@pytest.mark.parametrize("name", ["Line total", "Umsatz", "Gesamtpreis"])
def test_a_total_asks_nothing(tmp_path: Path, name: str) -> None:
    upload = priced(tmp_path, name)
    with suppress(DataError):
        read(upload)
    if upload.state.stage != "read":
        chosen(upload, {"amount": name})
    assert asked(upload) == ""


def test_a_discount_stays_when_each_line_sells_one(tmp_path: Path) -> None:
    upload = priced(tmp_path, "Unit price", "Discount %", "10")
    read(upload)
    before = upload.state.found["revenue"]
    assert before == pytest.approx(0.9 * sum({"Tea": 4.5, "Cup": 12.9, "Pot": 30}[p] for p in PRODUCTS), abs=0.4)
    chosen(upload, {"quantity": "="})
    assert (asked(upload), upload.state.found["revenue"]) == ("", before)
    assert fields(upload)["amount"]["made"] == "Unit price × (1 − “Discount %” ÷ 100)"


PRODUCTS = [["Tea", "Cup", "Pot"][n * 5 // 2 % 3] for n in range(60)]


def test_why_a_file_is_not_used_is_part_of_a_sentence() -> None:
    with in_language("de"):
        assert _reason("the file has no rows") == "die Datei hat keine Zeilen"


def test_every_doubt_is_a_sentence(tmp_path: Path) -> None:
    rows = "".join(f"{n % 28 + 1:02}.{n // 28 + 3:02}.2024,Tee,3.50,{n}.75\n" for n in range(40))
    upload = upload_of(tmp_path, "wann,Was,Freight,Worth\n" + rows)
    read(upload)
    said = upload.state.found["doubts"]
    assert "“wann” is taken as the day of the order by its values, not by its name." in said
    assert all(re.fullmatch(r"[A-Z“].*\.", doubt) and ": no column is named so" not in doubt for doubt in said)

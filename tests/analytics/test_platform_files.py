"""Files as platforms write them, with invented orders: what a TOML can say is enough to read each to the cent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.analytics.shop import shop
from tests.analytics.test_shaping import balanced


@dataclass(frozen=True)
class Case:
    """A platform's file, a TOML, and the lines: amounts in order, and sums of other fields."""

    file: str
    toml: str
    amounts: list[float]
    sums: dict[str, float] = field(default_factory=dict)
    days: list[str] = field(default_factory=list)
    texts: dict[str, set[str]] = field(default_factory=dict)


EBAY = Case(
    """
"Sales Record Number","Order Number","Buyer Username","Item Number","Item Title","Quantity","Sold For","Shipping And Handling","Total Price","Sale Date","Ship To City"
"41","10-00001","fay_ex","","","2","$30.00","$4.00","$34.00","Oct-05-26","Reno"
"41","10-00001","fay_ex","3001","Brass Hook","1","$12.00","","","Oct-05-26",""
"41","10-00001","fay_ex","3002","Wall Rack","1","$18.00","","","Oct-05-26",""
"42","10-00002","gus","3002","Wall Rack","1","$18.00","$0.00","$18.00","Oct-06-26","Boise"
"","","","","","","","","","",""
"2 record(s) downloaded"
"Seller ID : shop"
""",  # noqa: E501
    """
header = ["Order Number", "Sold For"]
footer = '^\\d+ record'
fill_down = ["Shipping And Handling", "Ship To City"]
[rows.drop]
"Item Number" = ""
[fields]
order_id = "Order Number"
ordered_at = "Sale Date"
product = "Item Title"
quantity = "Quantity"
amount = "Sold For"
shipping = { order = "Shipping And Handling" }
customer = "Buyer Username"
city = "Ship To City"
""",
    [12, 18, 18],
    {"shipping": 4, "quantity": 3},
    texts={"city": {"Reno", "Boise"}},
)
AMAZON_RANGE = Case(
    """"Includes Amazon Marketplace, Fulfillment by Amazon (FBA), and Amazon Webstore transactions"
"All amounts in USD, unless specified"
"date/time","settlement id","type","order id","sku","description","quantity","order city","product sales","product sales tax","promotional rebates","selling fees","fba fees","total"
"Apr 12, 2026 3:05:07 AM PDT","555","Order","701-1","BOT-1","Steel Bottle 1 L","2","Boise","1,039.98","3.20","-4.00","-6.00","-7.40","22.58"
"Apr 20, 2026 1:00:00 AM PDT","555","Refund","701-1","BOT-1","Steel Bottle 1 L","1","Boise","-519.99","-1.60","2.00","2.40","0","-15.59"
"Apr 21, 2026 1:00:00 AM PDT","555","Service Fee","","","Subscription","","","0","0","0","0","-39.99","-39.99"
""",  # noqa: E501
    """
header = ["date/time", "product sales"]
thousands = ","
[rows]
keep = { type = ["Order", "Refund"] }
[fields]
order_id = "order id"
ordered_at = "date/time"
product = "description"
quantity = "quantity"
amount = { compute = "[product sales] + [promotional rebates]" }
selling_fees = { compute = "-[selling fees] - [fba fees]" }
city = "order city"
""",
    [1035.98, -517.99],
    {"quantity": 1},
    ["2026-04-12 03", "2026-04-20 01"],
)
SQUARE = Case(
    """Date,Time,Time Zone,Category,Item,Qty,Gross Sales,Discounts,Net Sales,Tax,Transaction ID,Event Type,Itemization
2026-06-01,23:12:00,Eastern Time (US & Canada),Drinks,Latte,2.0,$11.00,-$1.00,$10.00,$0.80,TX1,Payment,Physical Good
2026-06-02,10:00:00,Eastern Time (US & Canada),Drinks,Latte,-1.0,-$5.50,$0.50,-$5.00,-$0.40,TX1,Refund,Physical Good
2026-06-02,11:00:00,Eastern Time (US & Canada),,Card,1.0,$25.00,$0.00,$25.00,$0.00,TX2,Payment,Gift Card
""",
    """
[rows]
drop = { Itemization = "Gift Card" }
[fields]
order_id = "Transaction ID"
ordered_at = { columns = ["Date", "Time"], zone = "Time Zone" }
product = "Item"
quantity = "Qty"
amount = "Net Sales"
discount = { compute = "-Discounts" }
tax = "Tax"
category = "Category"
""",
    [10, -5],
    {"discount": 0.5, "tax": 0.4, "quantity": 1},
    ["2026-06-01 20", "2026-06-02 07"],
)
ETSY = Case(
    """Sale Date,Item Name,Buyer,Quantity,Price,Discount Amount,Order Shipping,Item Total,Transaction ID,Order ID
07/04/26,"Fern print, A4",Gus Ex (gusex),1,16.00,3.60,4.50,16.00,8001,7001
07/04/26,Ring dish,Gus Ex (gusex),2,10.00,0.00,0.00,20.00,8002,7001
""",
    """
[fields]
order_id = "Order ID"
ordered_at = { column = "Sale Date", format = "%m/%d/%y" }
product = "Item Name"
quantity = "Quantity"
discount = { order = "Discount Amount", by = "[Item Total]" }
amount = { compute = "[Item Total] - discount" }
shipping = { order = "Order Shipping", by = "[Item Total]" }
line_id = "Transaction ID"
customer = { column = "Buyer", regex = '\\((?P<login>[^)]+)\\)$' }
""",
    [14.4, 18.0],
    {"discount": 3.6, "shipping": 4.5},
    texts={"customer": {"gusex"}},
)
BIGCOMMERCE = Case(
    """Order ID,Customer Email,Order Date,Order Time,Order Status,Subtotal (ex tax),Coupon Value,Refund Amount,Product Details
611,hal@example.org,10/05/2026,14:03:11,Partially Refunded,40.00,4.00,20.00,"Product ID: 7, Product Qty: 2, Product SKU: SOK-1, Product Name: Socks, grey, Product Unit Price: 12.00, Product Total Price: 24.00|Product ID: 9, Product Qty: 1, Product SKU: HAT-1, Product Name: Hat, Product Unit Price: 20.00, Product Total Price: 20.00"
612,ida@example.org,10/06/2026,09:00:00,Incomplete,20.00,0.00,0.00,"Product ID: 9, Product Qty: 1, Product SKU: HAT-1, Product Name: Hat, Product Unit Price: 20.00, Product Total Price: 20.00"
""",  # noqa: E501
    """
[rows]
drop = { "Order Status" = ["Incomplete", "Cancelled", "Declined"] }
[explode]
column = "Product Details"
separator = "|"
regex = 'Product Qty: (?P<pieces>\\d+), .*?Product Name: (?P<item>.+?), Product Unit Price: .*Product Total Price: (?P<total>[\\d.]+)'
[fields]
order_id = "Order ID"
ordered_at = { columns = ["Order Date", "Order Time"], format = "%m/%d/%Y %H:%M:%S" }
product = "item"
quantity = "pieces"
amount = { order = "Subtotal (ex tax)", by = "total" }
discount = { order = "Coupon Value", by = "total" }
customer = "Customer Email"
[refunds]
order_amount = "Refund Amount"
""",  # noqa: E501
    [21.82, 18.18, -10.91, -9.09],
    {"quantity": 3, "discount": 4},
    texts={"product": {"Socks, grey", "Hat"}},
)
WOO = Case(
    """Order Number,Order Status,Order Date,Email (Billing),Cart Discount Amount,Order Subtotal Amount,Order Shipping Amount,Item Name,Quantity (- Refund),Item Cost
501,Completed,2026-02-03 18:22,cy@example.org,4.00,40.00,3.50,Green tea 100 g,2,12.50
501,Completed,2026-02-03 18:22,cy@example.org,4.00,40.00,3.50,Cup,1,15.00
502,Failed,2026-02-04 18:22,cy@example.org,0.00,15.00,3.50,Cup,1,15.00
""",  # noqa: E501
    """
[rows]
keep = { "Order Status" = ["Completed", "Processing", "On hold", "Refunded"] }
[fields]
order_id = "Order Number"
ordered_at = "Order Date"
product = "Item Name"
quantity = "Quantity (- Refund)"
unit_price = "Item Cost"
discount = { order = "Cart Discount Amount", by = "quantity * unit_price" }
amount = { compute = "quantity * unit_price - discount" }
shipping = { order = "Order Shipping Amount" }
customer = "Email (Billing)"
""",
    [22.5, 13.5],
    {"discount": 4, "shipping": 3.5},
)
STRIPE = Case(
    """id,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,Converted Currency,Description,Fee,Status,Customer ID,Refunded date (UTC)
ch_1,2026-05-01 23:40:00,30.00,10.00,usd,"27,60","9,20",eur,Starter kit,"1,10",Paid,cus_1,2026-05-09 10:00:00
ch_2,2026-05-02 00:05:00,30.00,0.00,usd,"0,00","0,00",eur,Starter kit,"0,00",Failed,cus_2,
""",  # noqa: E501
    """
decimal = ","
[rows]
drop = { Status = ["Failed", "Canceled"] }
[fields]
order_id = "id"
ordered_at = { column = "Created date (UTC)", zone = "UTC" }
product = "Description"
quantity = { constant = 1 }
amount = "Converted Amount"
currency = "Converted Currency"
selling_fees = "Fee"
customer = "Customer ID"
[refunds]
line_amount = "Converted Amount Refunded"
at = { column = "Refunded date (UTC)", zone = "UTC" }
""",
    [27.6, -9.2],
    {"quantity": 1},
    ["2026-05-01 16", "2026-05-09 03"],
)
SAP = Case(
    """VBELN;FKART;FKDAT;KUNAG;POSNR;ARKTX;FKIMG;NETWR;WAERK;WAVWR;FKSTO
0090000001;F2;05.03.2026;0000100001;000010;Schraube M8;1.000,000;1.250,00;EUR;800,00;
0090000002;G2;19.03.2026;0000100001;000010;Schraube M8;100,000;125,00;EUR;80,00;
0090000003;RE;20.03.2026;0000100001;000010;Schraube M8;10,000;12,50-;EUR;8,00-;
0090000004;F2;21.03.2026;0000100001;000010;Schraube M8;10,000;12,50;EUR;8,00;X
""",
    """
separator = ";"
decimal = ","
thousands = "."
[rows]
drop = { FKSTO = "X" }
[fields]
order_id = "VBELN"
ordered_at = "FKDAT"
product = "ARKTX"
quantity = "FKIMG"
amount = "NETWR"
currency = "WAERK"
cost = "WAVWR"
customer = "KUNAG"
[refunds]
column = "FKART"
values = ["G2", "RE"]
""",
    [1250, -125, -12.5],
    {"quantity": 890, "cost": 712},
    texts={"customer": {"0000100001"}},
)
ODOO = Case(
    """Order Reference,Order Date,Customer,Status,Order Lines/Product,Order Lines/Quantity,Order Lines/Unit Price,Order Lines/Discount (%),Order Lines/Subtotal
S00042,2026-02-02 10:00:00,Jo Ex,Sales Order,[LMP-1] Lamp,2,40.00,10,72.00
,,,,[BLB-1] Bulb,4,3.00,0,12.00
,,,,,,,,
S00043,2026-02-03 10:00:00,Kay Ex,Quotation,[LMP-1] Lamp,1,40.00,0,40.00
,,,,[BLB-1] Bulb,1,3.00,0,3.00
""",  # noqa: E501
    """
fill_down = ["Order Reference", "Order Date", "Customer", "Status"]
[rows]
keep = { Status = ["Sales Order", "Locked"] }
[fields]
order_id = "Order Reference"
ordered_at = "Order Date"
product = { column = "Order Lines/Product", regex = '^\\[[^]]*\\] (?P<name>.+)$' }
quantity = "Order Lines/Quantity"
unit_price = "Order Lines/Unit Price"
amount = { compute = "quantity * unit_price * (1 - [Order Lines/Discount (%)] / 100)" }
customer = "Customer"
""",
    [72, 12],
    {"quantity": 6},
    texts={"customer": {"Jo Ex"}, "product": {"Lamp", "Bulb"}},
)
LIGHTSPEED = Case(
    """Date,Receipt Number,Line Type,Customer Code,Quantity,Subtotal,Sales Tax,Discount,Total,Details,Till,Status,Sku
2026-02-01 10:00:00,1501,Sale,JO-1,2,27.27,2.73,3.00,30.00,,Main,CLOSED,
2026-02-01 10:00:00,1501,Sale Line,JO-1,2,27.27,2.73,3.00,30.00,Candle,Main,CLOSED,CAN-1
2026-02-01 10:00:00,1501,Payment,JO-1,,,,,,Cash,Main,CLOSED,
2026-02-01 11:00:00,1502,Sale Line,JO-1,1,10.00,1.00,0.00,11.00,Candle,Main,VOIDED,CAN-1
""",
    """
[rows]
keep = { "Line Type" = "Sale Line" }
drop = { Status = ["SAVED", "VOIDED"] }
[fields]
order_id = "Receipt Number"
ordered_at = "Date"
product = "Details"
quantity = "Quantity"
amount = "Subtotal"
tax = "Sales Tax"
discount = "Discount"
""",
    [27.27],
    {"tax": 2.73},
)
CASES = {
    "eBay orders": EBAY,
    "Amazon date range": AMAZON_RANGE,
    "Square items": SQUARE,
    "Etsy sold items": ETSY,
    "BigCommerce": BIGCOMMERCE,
    "WooCommerce": WOO,
    "Stripe": STRIPE,
    "SAP billing": SAP,
    "Odoo": ODOO,
    "Lightspeed": LIGHTSPEED,
}
CURRENCY = {"Stripe": "EUR", "SAP billing": "EUR"}


@pytest.mark.sampled(6)
@pytest.mark.parametrize("platform", CASES)
@pytest.mark.parametrize("reordered", [False, True])
def test_a_platform_s_file_is_read_to_the_cent(tmp_path: Path, platform: str, reordered: bool) -> None:
    case = CASES[platform]
    top = f'title = "Shop"\ntime_zone = "America/Los_Angeles"\ncurrency = "{CURRENCY.get(platform, "USD")}"\n'
    rows = with_another_column(case.file) if reordered else case.file
    tables = shop(tmp_path, rows, f'{top}[source]\nfiles = "shop.csv"{case.toml}')
    lines = tables.lines
    assert sorted(lines["amount"].round(2)) == sorted(case.amounts)
    assert {name: round(float(lines[name].sum()), 6) for name in case.sums} == case.sums
    moments = lines["posted_at"] if "posted_at" in lines else lines["ordered_at"]
    assert not case.days or [str(t)[:13] for t in moments] == case.days
    assert {name: set(lines[name]) for name in case.texts} == case.texts
    assert balanced(tables)


def with_another_column(text: str) -> str:
    """The file with one more column before the others, which no TOML knows; blank rows stay blank."""
    sign = ";" if ";" in text.split("\n")[0] and "," not in text.split("\n")[0] else ","
    lines = text.split("\n")
    cells = [line.count(sign) > 4 and '"Includes' not in line for line in lines]
    filled = [bool(line.strip(f'"{sign}')) for line in lines]
    new = [("new" if has else "") + sign if wide else "" for wide, has in zip(cells, filled, strict=True)]
    return "\n".join(a + b for a, b in zip(new, lines, strict=True))

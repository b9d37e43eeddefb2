"""Known orders as platforms write them: one function a platform gives the rows of each order, column by column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from tests.packs.orders import Order, money

Row = dict[str, str]
SHOP = ZoneInfo("America/New_York")
PACIFIC = ZoneInfo("America/Los_Angeles")


def text(rows: Sequence[Row], separator: str = ",", above: str = "") -> str:
    """Rows as a file; a column that a row lacks is empty there."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, names, restval="", delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return above + file.getvalue()


def spread(cents: int, most: Sequence[int]) -> list[int]:
    """An amount given to lines one after another, to each at most what it can take."""
    found = []
    for limit in most:
        found.append(min(cents, limit))
        cents -= found[-1]
    return found


def shopify(order: Order, inside: bool = False) -> list[Row]:
    """The order's values stand on its first row; a refund has a day only where the order was cancelled."""
    tax_back = round(order.refund * order.tax / order.goods) if order.goods and not inside else 0
    total = order.goods + order.shipping + (0 if inside else order.tax)
    whole = order.refund == order.goods
    day = "%Y-%m-%d %H:%M:%S %z"
    made = order.at.astimezone(SHOP).strftime(day)
    own = sum(line.discount for line in order.lines)
    first = {
        "Financial Status": "voided" if not order.paid else "partially_refunded" if order.refund else "paid",
        "Paid at": made if order.paid else "",
        "Currency": "USD",
        "Subtotal": money(order.goods),
        "Shipping": money(order.shipping),
        "Taxes": money(order.tax),
        "Total": money(total),
        "Discount Code": "SPRING" if order.discount else "",
        "Discount Amount": money(order.discount + own),
        "Shipping City": order.person[2],
        "Shipping Country": order.person[3],
        "Cancelled at": order.refunded_at.astimezone(SHOP).strftime(day) if order.refunded_at and whole else "",
        "Refunded Amount": money(order.refund + tax_back),
        "Id": str(9_000_000 + order.number),
        "Source": "web",
        "Notes": "two\nlines" if order.number % 7 == 0 else "",
    }
    lines = [
        {
            "Name": f"#{order.number}",
            "Email": order.person[1],
            "Created at": made,
            "Lineitem quantity": str(line.quantity),
            "Lineitem name": line.product,
            "Lineitem price": money(line.price),
            "Lineitem discount": money(line.discount),
            "Vendor": "Maker",
        }
        for line in order.lines
    ]
    return [lines[0] | first, *lines[1:]]


def shopify_inside(order: Order) -> list[Row]:
    """The same of a shop whose prices contain the tax."""
    return shopify(order, inside=True)


def woocommerce(order: Order) -> list[Row]:
    """The order's values stand on each row; prices are before coupons."""
    every = {
        "Order Number": str(order.number),
        "Order Status": "Completed" if order.paid else "Failed",
        "Order Date": order.at.strftime("%Y-%m-%d %H:%M"),
        "Email (Billing)": order.person[1],
        "City (Delivery)": order.person[2],
        "Cart Discount Amount": money(order.discount + sum(line.discount for line in order.lines)),
        "Order Subtotal Amount": money(sum(line.quantity * line.price for line in order.lines)),
        "Order Shipping Amount": money(order.shipping),
        "Order Total Tax Amount": money(order.tax),
    }
    return [
        every
        | {
            "Item Name": line.product,
            "Quantity (- Refund)": str(line.quantity),
            "Item Cost": money(line.price),
        }
        for line in order.lines
    ]


def etsy(order: Order) -> list[Row]:
    """The order's values stand on its first item; the others have zeros."""
    day = order.at.strftime("%m/%d/%y")
    discount = order.discount + sum(line.discount for line in order.lines)
    return [
        {
            "Sale Date": day,
            "Item Name": line.product,
            "Buyer": f"{order.person[0]} ({order.person[1].split('@')[0]})" if order.person[0] else "",
            "Quantity": str(line.quantity),
            "Price": money(line.price),
            "Discount Amount": money(discount if first else 0),
            "Delivery Discount": "0.00",
            "Order Delivery": money(order.shipping if first else 0),
            "Item Total": money(line.quantity * line.price),
            "Currency": "USD",
            "Transaction ID": f"{order.number}{at}",
            "Listing ID": str(len(line.product)),
            "Delivery City": order.person[2],
            "Order ID": str(order.number),
        }
        for at, line in enumerate(order.lines)
        for first in [at == 0]
    ]


def square(order: Order) -> list[Row]:
    """Discounts and taxes are the line's; a refund is rows of its own on its own day."""
    discounts = spread(order.discount, [line.total for line in order.lines])
    nets = [line.total - share for line, share in zip(order.lines, discounts, strict=True)]
    taxes = [order.tax] + [0] * (len(order.lines) - 1)
    found = []
    for line, net, tax in zip(order.lines, nets, taxes, strict=True):
        found.append(_square_row(order, line.product, line.quantity, line.quantity * line.price, net, tax, "Payment"))
    for line, back in zip(order.lines, spread(order.refund, nets), strict=True):
        if back:
            found.append(_square_row(order, line.product, -1, -back, -back, 0, "Refund"))
    return found


def _square_row(order: Order, product: str, quantity: int, gross: int, net: int, tax: int, event: str) -> Row:
    moment = order.refunded_at if event == "Refund" and order.refunded_at else order.at
    local = moment.astimezone(SHOP)

    def dollars(cents: int) -> str:
        return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"

    return {
        "Date": local.strftime("%Y-%m-%d"),
        "Time": local.strftime("%H:%M:%S"),
        "Time Zone": "Eastern Time (US & Canada)",
        "Category": "Goods",
        "Item": product,
        "Qty": f"{quantity}.0",
        "Gross Sales": dollars(gross),
        "Discounts": dollars(net - gross),
        "Net Sales": dollars(net),
        "Tax": dollars(tax),
        "Transaction ID": f"T{order.number}",
        "Event Type": event,
        "Customer ID": order.person[1],
        "Itemization Type": "Physical Good",
    }


def amazon(order: Order) -> list[Row]:
    """Rebates are negative; a refund is rows of its own; times are of the Pacific zone."""
    discounts = spread(order.discount, [line.total for line in order.lines])
    shares = [line.discount + share for line, share in zip(order.lines, discounts, strict=True)]
    first = (order.shipping, order.tax)
    found = []
    for line, off in zip(order.lines, shares, strict=True):
        found.append(_amazon_row(order, line.product, line.quantity, line.quantity * line.price, -off, first, "Order"))
        first = (0, 0)
    nets = [line.quantity * line.price - off for line, off in zip(order.lines, shares, strict=True)]
    for line, back in zip(order.lines, spread(order.refund, nets), strict=True):
        if back:
            found.append(_amazon_row(order, line.product, 1, -back, 0, (0, 0), "Refund"))
    return found


def _amazon_row(
    order: Order, product: str, quantity: int, sales: int, rebates: int, extra: tuple[int, int], kind: str
) -> Row:
    moment = order.refunded_at if kind == "Refund" and order.refunded_at else order.at
    local = moment.astimezone(PACIFIC)
    return {
        "date/time": local.strftime("%b %-d, %Y %-I:%M:%S %p %Z"),
        "settlement id": "555",
        "type": kind,
        "order id": f"701-{order.number}",
        "sku": product[:3],
        "description": product,
        "quantity": str(quantity),
        "order city": order.person[2].upper(),
        "product sales": f"{sales / 100:,.2f}",
        "product sales tax": money(extra[1]),
        "shipping credits": money(extra[0]),
        "promotional rebates": money(rebates),
        "selling fees": "-1.00",
        "fba fees": "0",
    }

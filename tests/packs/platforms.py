"""Known orders as platforms write them: one function a platform gives the rows of each order, column by column."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
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
    tax_back = sum(_tax_of(order, part, inside) for part, _ in refund_parts(order))
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


def shopify_transactions(order: Order, inside: bool = False) -> list[Row]:
    """Payments of the order; a refund comes back in two parts on days of their own, the last of them whole."""
    both = {"Order": str(9_000_000 + order.number), "Name": f"#{order.number}", "Gateway": "shopify_payments"}
    total = order.goods + order.shipping + (0 if inside else order.tax)
    found = [both | {"Kind": "sale", "Created At": _shop_time(order.at), "Amount": money(total)}]
    found = [row | {"Status": "success" if order.paid else "failure"} for row in found]
    for part, at in refund_parts(order):
        found.append(both | {"Kind": "refund", "Created At": _shop_time(at), "Status": "success",
                             "Amount": money(part + _tax_of(order, part, inside))})  # fmt: skip
        found.append(found[-1] | {"Status": "failure"})
    return found


def refund_parts(order: Order) -> list[tuple[int, datetime]]:
    """What was given back of the goods, about a third first and the rest ten days later, and when. The tax of the parts
    adds up to that of the whole, as otherwise the whole tells the goods to a cent only."""
    if not order.refund or order.refunded_at is None:
        return []
    whole = _tax_of(order, order.refund, inside=False)
    for first in range(order.refund // 3, order.refund):
        parts = (first, order.refund - first)
        if first and sum(_tax_of(order, part, inside=False) for part in parts) == whole:
            return [(first, order.refunded_at), (order.refund - first, order.refunded_at + timedelta(days=10))]
    return [(order.refund, order.refunded_at)]


def _tax_of(order: Order, part: int, inside: bool) -> int:
    """The tax that is given back with a part of the goods."""
    return round(part * order.tax / order.goods) if order.goods and not inside else 0


def _shop_time(at: datetime) -> str:
    return at.astimezone(SHOP).strftime("%Y-%m-%d %H:%M:%S %z")


def shopify_payouts(order: Order) -> list[Row]:
    """Charges with their fee, and refunds with negative amounts; a payout of no order stands among them."""
    both = {"Order": f"#{order.number}", "Payout Status": "paid", "Payout ID": "77", "Currency": "USD"}
    if not order.paid:
        return []
    found = [both | {"Transaction Date": _shop_time(order.at), "Type": "charge", "Fee": money(fee_of(order)),
                     "Amount": money(order.goods + order.tax + order.shipping), "Net": "1.00"}]  # fmt: skip
    found += [
        both
        | {
            "Transaction Date": _shop_time(at),
            "Type": "refund",
            "Fee": "0.00",
            "Amount": f"-{money(part + _tax_of(order, part, inside=False))}",
            "Net": "1.00",
        }
        for part, at in refund_parts(order)
    ]
    return found


def fee_of(order: Order) -> int:
    """What the provider keeps of an order."""
    return 30 + order.goods * 29 // 1000


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


def woocommerce_after(order: Order) -> list[Row]:
    """The same with prices after coupons."""
    nets = after_discounts(order)
    return [
        row | {"Item Cost": money(net // line.quantity)}
        for row, line, net in zip(woocommerce(order), order.lines, nets, strict=True)
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
    if order.number % 7 == 0:  # no revenue until it is spent
        card = _square_row(order, "Gift card", 1, 2500, 2500, 0, "Payment")
        found.append({**card, "Itemization Type": "Gift Card"})
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


def after_discounts(order: Order) -> list[int]:
    """What each line comes to after its share of the order's discount."""
    shares = spread(order.discount, [line.total for line in order.lines])
    return [line.total - share for line, share in zip(order.lines, shares, strict=True)]


def ebay(order: Order) -> list[Row]:
    """An order of several items has a row of sums first; days have no time; prices are of one piece."""
    day = order.at.astimezone(PACIFIC).strftime("%b-%d-%y")
    both = {"Sales Record Number": str(order.number), "Order Number": f"10-{order.number}", "Sale Date": day,
            "Buyer Username": order.person[1].split("@")[0]}  # fmt: skip
    goods = sum(line.quantity * line.price for line in order.lines)
    sums = {"Shipping And Handling": f"${money(order.shipping)}", "Total Price": f"${money(goods + order.shipping)}",
            "Ship To City": order.person[2]}  # fmt: skip
    items = [both | {"Item Number": str(line.price), "Item Title": line.product, "Quantity": str(line.quantity),
                     "Sold For": f"${money(line.price)}"} for line in order.lines]  # fmt: skip
    if len(items) == 1:
        return [items[0] | sums]
    return [both | {"Quantity": "9", "Sold For": f"${money(goods)}"} | sums, *items]


def bigcommerce(order: Order) -> list[Row]:
    """One row an order: its products are in one cell."""
    products = "|".join(
        f"Product ID: 7, Product Qty: {line.quantity}, Product SKU: X, Product Name: {line.product}, "
        f"Product Weight: 0.80, Product Variation Details: Size: S (4), "
        f"Product Unit Price: {money(line.price)}, Product Total Price: {money(line.quantity * line.price)}"
        for line in order.lines
    )
    return [
        {
            "Order ID": str(order.number),
            "Customer Email": order.person[1],
            "Order Date": order.at.strftime("%m/%d/%Y"),
            "Order Time": order.at.strftime("%H:%M:%S"),
            "Order Status": "Completed" if order.paid else "Incomplete",
            "Subtotal (ex tax)": money(order.goods),
            "Tax Total": money(order.tax),
            "Shipping Cost (ex tax)": money(order.shipping),
            "Coupon Value": money(order.discount + sum(line.discount for line in order.lines)),
            "Refund Amount": money(order.refund),
            "Product Details": products,
        }
    ]


def woocommerce_items(order: Order) -> list[Row]:
    """A row an item, after coupons; refunds are the item's."""
    nets = after_discounts(order)
    backs = spread(order.refund, nets)
    return [
        {
            "order_id": str(order.number),
            "date": order.at.strftime("%Y-%m-%d %H:%M:%S"),
            "status": "completed" if order.paid else "failed",
            "shipping_total": money(order.shipping),
            "billing_email": order.person[1],
            "item_id": f"{order.number}{at}",
            "item_name": line.product,
            "item_quantity": str(line.quantity),
            "item_subtotal": money(line.quantity * line.price),
            "item_total": money(nets[at]),
            "item_total_tax": money(order.tax if at == 0 else 0),
            "item_refunded": money(backs[at]),
        }
        for at, line in enumerate(order.lines)
    ]


def amazon_all(order: Order) -> list[Row]:
    """Prices are of the whole line; a cancelled order has none."""
    nets = after_discounts(order)
    return [
        {
            "amazon-order-id": f"701-{order.number}",
            "purchase-date": order.at.strftime("%Y-%m-%dT%H:%M:%S+00:00"),
            "order-status": "Shipped" if order.paid else "Cancelled",
            "sales-channel": "Amazon.com",
            "product-name": line.product,
            "quantity": str(line.quantity if order.paid else 0),
            "currency": "USD",
            "item-price": money(line.quantity * line.price) if order.paid else "",
            "item-tax": money(order.tax if at == 0 else 0) if order.paid else "",
            "shipping-price": money(order.shipping) if order.paid and at == 0 else "",
            "item-promotion-discount": money(off) if (off := line.quantity * line.price - nets[at]) else "",
            "ship-city": order.person[2].upper(),
        }
        for at, line in enumerate(order.lines)
    ]


def toast(order: Order) -> list[Row]:
    """Voided items and gift cards stand among the others."""
    nets = after_discounts(order)
    rows = [
        {
            "Location": "Pier 9",
            "Order Id": f"9000000000000{order.number}",
            "Order Date": order.at.astimezone(SHOP).strftime("%-m/%-d/%y %-I:%M %p"),
            "Item Selection Id": f"8000000000{order.number}{at}",
            "Menu Item": line.product,
            "Sales Category": "Food",
            "Gross Price": money(line.quantity * line.price),
            "Discount": money(line.quantity * line.price - nets[at]),
            "Net Price": money(nets[at]),
            "Qty": f"{line.quantity}.0",
            "Tax": money(order.tax if at == 0 else 0),
            "Void?": "false" if order.paid else "true",
            "Deferred": "false",
        }
        for at, line in enumerate(order.lines)
    ]
    if order.number % 7 == 0:  # a gift card is no revenue until it is spent
        rows.append(
            {**rows[0], "Item Selection Id": f"70000000{order.number}", "Menu Item": "Gift card", "Deferred": "true"}
        )
    return rows


def odoo(order: Order) -> list[Row]:
    """The order's values stand on its first row only."""
    nets = after_discounts(order)
    lines = [
        {
            "Order Lines/Product": f"[P-{line.price}] {line.product}",
            "Order Lines/Quantity": f"{line.quantity}.00",
            "Order Lines/Unit Price": money(line.price),
            "Order Lines/Subtotal": money(net),
        }
        for line, net in zip(order.lines, nets, strict=True)
    ]
    first = {
        "Order Reference": f"S{order.number:05}",
        "Order Date": order.at.strftime("%Y-%m-%d %H:%M:%S"),
        "Customer": order.person[0] or "Walk-in",
        "Status": "Sales Order" if order.paid else "Quotation",
    }
    return [first | lines[0], *lines[1:]]


def lightspeed(order: Order) -> list[Row]:
    """Sums and payments are rows too; a return is a line of negative quantity on a receipt's own day."""
    nets = after_discounts(order)
    both = {"Date": order.at.strftime("%Y-%m-%d %H:%M:%S"), "Receipt Number": str(order.number),
            "Status": "CLOSED" if order.paid else "VOIDED"}  # fmt: skip
    found = [both | {"Line Type": "Sale", "Quantity": "9", "Subtotal": money(order.goods), "Sales Tax": "0.00",
                     "Discount": "0.00", "Details": ""}]  # fmt: skip
    for at, (line, net) in enumerate(zip(order.lines, nets, strict=True)):
        found.append(both | {"Line Type": "Sale Line", "Quantity": str(line.quantity), "Subtotal": money(net),
                             "Sales Tax": money(order.tax if at == 0 else 0), "Details": line.product,
                             "Discount": money(line.quantity * line.price - net)})  # fmt: skip
    return [*found, both | {"Line Type": "Payment", "Details": "Cash"}]

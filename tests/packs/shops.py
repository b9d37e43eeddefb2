"""Known orders as shop systems and tills write them that pack an order's items, or leave them out."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from tests.packs.orders import Line, Order, money
from tests.packs.platforms import SHOP, Row, after_discounts, spread

GRID = ZoneInfo("UTC")


def tax_back(order: Order) -> int:
    """The tax of what was refunded."""
    return round(order.refund * order.tax / order.goods) if order.goods else 0


def webtoffee(order: Order) -> list[Row]:
    """One row an order: each item in a cell of its own, refunds with their days in another."""
    refunds = [order.refund // 3, order.refund - order.refund // 3] if order.refund else []
    back = [f"amount:{money(part + (tax_back(order) if at else 0))}|reason:|date:{order.refunded_at:%Y-%m-%d %H:%M:%S}"
            for at, part in enumerate(refunds)]  # fmt: skip
    items = {
        f"line_item_{at}": f"name:{line.product}|product_id:{line.price}|sku:|quantity:{line.quantity}"
        f"|total:{money(net)}|sub_total:{money(line.quantity * line.price)}|tax:0"
        for at, (line, net) in enumerate(zip(order.lines, after_discounts(order), strict=True), 1)
    }
    return [
        {
            "order_id": str(order.number),
            "order_date": order.at.strftime("%Y-%m-%d %H:%M:%S"),
            "status": "completed" if order.paid else "cancelled",
            "shipping_total": money(order.shipping),
            "shipping_tax_total": "0",
            "fee_total": "" if order.number % 2 else "0.00",
            "tax_total": money(order.tax),
            "order_total": money(order.goods + order.shipping + order.tax),
            "billing_email": order.person[1],
            "refund_items": ";".join(back),
        }
        | items
    ]


def clover(order: Order) -> list[Row]:
    """One row an order without its items; a service charge is shipping's counterpart and blank where there is none."""
    total = order.goods + order.tax + order.shipping
    back = round(order.refund * total / order.goods) if order.goods else 0
    gross = sum(line.quantity * line.price for line in order.lines)
    return [
        {
            "Order Date": order.at.astimezone(SHOP).strftime("%d-%b-%Y %I:%M %p %Z"),
            "Order ID": f"EX{order.number}",
            "Order Type": "Dine In",
            "Currency": "USD",
            "Tax Amount": money(order.tax),
            "Tip": "4.00",
            "Service Charge": money(order.shipping) if order.shipping else "",
            "Discount": money(order.goods - gross),
            "Order Total": money(total),
            "Refunds Total": money(back),
            "Manual Refunds Total": "0.00",
            "Tender": "Credit Card",
            "Order Payment State": "Paid" if order.paid else "Open",
        }
    ]


def of_one_line(order: Order) -> Order:
    """The order as a file tells it that has no items: one line of what they came to, with the order's discounts."""
    gross = sum(line.quantity * line.price for line in order.lines)
    return replace(order, lines=(Line("", 1, gross),), discount=gross - order.goods)


def magento_grid(order: Order) -> list[Row]:
    """One row an order without items, discounts and tax."""
    local = order.at.astimezone(GRID)
    return [
        {
            "ID": f"{order.number:09}",
            "Purchase Point": "Main Website\n   Main Store\n      Default View",
            "Purchase Date": local.strftime("%b %-d, %Y, %-I:%M:%S %p"),
            "Grand Total (Base)": money(order.goods + order.tax + order.shipping),
            "Grand Total (Purchased)": "1.00",
            "Status": "Complete" if order.paid else "Canceled",
            "Customer Email": order.person[1],
            "Subtotal": money(sum(line.quantity * line.price for line in order.lines)),
            "Shipping and Handling": money(order.shipping) if order.shipping else "",
            "Total Refunded": money(order.refund) if order.refund else "",
        }
    ]


def with_tax_inside(order: Order) -> Order:
    """The order as a file tells it that has neither items nor discounts nor tax: one line of all that was paid."""
    return replace(order, lines=(Line("", 1, order.goods + order.tax),), discount=0, tax=0)


def magento_items(order: Order) -> list[Row]:
    """A row an item; a configurable product has one more of the variant that was chosen. Discounts refunded apart."""
    shares = after_discounts(order)
    found = []
    for at, (line, net, back) in enumerate(zip(order.lines, shares, spread(order.refund, shares), strict=True)):
        off = line.quantity * line.price - net
        off_back = off * back // net if net else 0
        item = {
            "increment_id": f"{order.number:09}",
            "created_at": order.at.strftime("%Y-%m-%d %H:%M:%S"),
            "status": "complete" if order.paid else "canceled",
            "customer_email": order.person[1] or "NULL",
            "item_id": f"{order.number}{at}0",
            "parent_item_id": "NULL",
            "product_type": "configurable",
            "name": line.product,
            "qty_ordered": f"{line.quantity}.0000",
            "base_row_total": f"{line.quantity * line.price / 100:.4f}",
            "base_discount_amount": f"{off / 100:.4f}",
            "base_tax_amount": f"{(order.tax if at == 0 else 0) / 100:.4f}",
            "base_amount_refunded": f"{(back + off_back) / 100:.4f}" if back else "0.0000",
            "base_discount_refunded": f"{off_back / 100:.4f}" if off_back else "NULL",
            "base_shipping_amount": f"{order.shipping / 100:.4f}",
            "base_subtotal": f"{sum(line.quantity * line.price for line in order.lines) / 100:.4f}",
        }
        zeros = {name: "0.0000" for name in item if name.startswith("base_") and name[5:7] not in ("su", "sh")}
        child = {"item_id": f"{order.number}{at}1", "parent_item_id": item["item_id"], "product_type": "simple"}
        found += [item, item | child | zeros]
    return found

"""Known orders as events of Google Analytics 4: a row for each item that was bought, or nested as its own export is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.packs.orders import Line, Order, money
from tests.packs.platforms import Row, after_discounts, spread

ITEM = ("item_name", "quantity", "item_revenue", "item_refund")
PURCHASE = ("transaction_id", "purchase_revenue", "refund_value", "tax_value", "shipping_value")


def ga4(order: Order) -> list[Row]:
    """Two visits, a purchase that is sometimes told again later, and a refund of items; nothing of orders unpaid."""
    who = order.person[1] or f"guest-{order.number}"
    found = [
        _event("session_start", order, _micros(order.at) - back, who) | {"session_source": source}
        for back, source in ((5_000_000_000, "ads"), (60_000_000, "" if order.number % 2 else "mail"))
    ]
    if not order.paid:
        return found
    bought = {"transaction_id": f"T-{order.number}", "purchase_revenue": money(order.goods),
              "tax_value": money(order.tax), "shipping_value": money(order.shipping)}  # fmt: skip
    nets = after_discounts(order)
    for late in (0, 90_000_000) if order.number % 7 == 0 else (0,):
        event = _event("purchase", order, _micros(order.at) + late, who) | bought
        found += [event | {"item_name": line.product, "quantity": str(line.quantity), "item_revenue": money(net)}
                  for line, net in zip(order.lines, nets, strict=True)]  # fmt: skip
    if order.refund and order.refunded_at:
        event = _event("refund", order, _micros(order.refunded_at), who) | {"transaction_id": f"T-{order.number}"}
        event |= {"refund_value": money(order.refund)}
        found += [event | {"item_name": line.product, "quantity": "1", "item_refund": money(back)}
                  for line, back in zip(order.lines, spread(order.refund, nets), strict=True) if back]  # fmt: skip
    return found


def _event(name: str, order: Order, micros: int, who: str) -> Row:
    empty = dict.fromkeys(("session_source", *PURCHASE, *ITEM), "")
    place = {"city": order.person[2], "country": order.person[3], "source": "google"}
    return {"event_name": name, "event_timestamp": str(micros), "user_pseudo_id": who} | empty | place


def _micros(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp() * 1e6)


def without_discounts(order: Order) -> Order:
    """The order as a file tells it that has what lines came to and no discounts."""
    lines = tuple(Line(line.product, 1, net) for line, net in zip(order.lines, after_discounts(order), strict=True))
    return replace(order, lines=lines, discount=0)


def nested(rows: Sequence[Row], path: Path) -> None:
    """Write flat events as the export of BigQuery nests them: an event a row, its items in a list."""
    events: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["event_name"], row["event_timestamp"], row["user_pseudo_id"], row["transaction_id"])
        event = events.setdefault(key, _nested(row))
        if row["item_name"]:
            item = {name: _number(row[name]) for name in ITEM[1:]}
            event["items"].append({"item_name": row["item_name"], **item, "item_params": [{"key": "colour"}]})
    pq.write_table(pa.Table.from_pylist(list(events.values())), path, row_group_size=50)


def _nested(row: Row) -> dict[str, Any]:
    return {
        "event_date": "20260101",
        "event_timestamp": int(row["event_timestamp"]),
        "event_name": row["event_name"],
        "event_params": [{"key": "page", "value": {"string_value": "x", "int_value": 1}}],
        "user_pseudo_id": row["user_pseudo_id"],
        "geo": {"city": row["city"], "country": row["country"]},
        "traffic_source": {"source": row["source"]},
        "collected_traffic_source": {"manual_source": row["session_source"] or None},
        "ecommerce": {"transaction_id": row["transaction_id"] or None} | {n: _number(row[n]) for n in PURCHASE[1:]},
        "items": [],
    }


def _number(text: str) -> float | None:
    return float(text) if text else None

"""Refunds that do not tell whether goods came back: an amount below zero, a quantity above zero, and no mark.

order 7: 2 × Tea for 9.00, 1 × Tea for −4.50    it came back: the order had sold it at 4.50
order 8: 2 × Tea for 9.00, 2 × Tea for −1.00    nothing tells; as a rule the price was corrected
order 9: 1 × Tea for −4.50                      nothing tells
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from babel.numbers import get_currency_precision

from analytics.language import N_
from analytics.loading.lines.findings import Places
from analytics.loading.lines.order_lines import GOODS_UNTOLD
from analytics.loading.lines.spool import Spool
from analytics.loading.spec import Spec
from analytics.quality import MOST_EXAMPLES, Quality

TURNED = N_("refunds written with a positive amount or quantity, counted as negative")
_KEY = ["order", "product", "price"]


def settle(spec: Spec, lines: Spool, where: Places, quality: Quality) -> None:
    """Turn the quantity of those whose order sold the same product at the same price; the others keep the quantity that
    the file has, and are counted."""
    if GOODS_UNTOLD not in lines:
        return  # no row was read
    found = np.flatnonzero(lines.values(GOODS_UNTOLD) & (lines.values("quantity") > 0))
    if not len(found):
        return
    back = _sold_before(lines, found, get_currency_precision(spec.profile.currency))
    returned = found[back]
    for name in ("quantity", "cost"):
        if name in lines:
            values = lines.values(name).copy()
            values[returned] = -np.abs(values[returned])
            lines.replace(name, values)
    quality.add("refund_sign", TURNED, "changed", len(returned), where(returned[:MOST_EXAMPLES]))
    asked = found[~back]
    shown = asked[:MOST_EXAMPLES]
    quantities, amounts = lines.values_at("quantity", shown), lines.values_at("amount", shown)
    texts = [f"quantity {q:,.6g}, amount {a:,.2f}" for q, a in zip(quantities, amounts, strict=True)]
    label = N_(
        "refunds that do not say whether goods came back: the money is subtracted, the quantity counts as in the file"
    )
    examples = [f"{place}: {text}" for place, text in zip(where(shown), texts, strict=True)]
    quality.add("goods_untold", label, "noticed", len(asked), examples)


def _sold_before(lines: Spool, refunds: np.ndarray, digits: int) -> np.ndarray:
    """For each of these lines whether its order sold as many units of the product at the same price."""
    order, product = lines.texts("order_id")[0], lines.texts("product")[0]
    amount, quantity = lines.values("amount"), lines.values("quantity")
    sold = np.flatnonzero(lines.values("sale") & (quantity > 0) & np.isin(order, order[refunds]))

    def priced(rows: np.ndarray) -> pd.DataFrame:
        price = np.round(np.abs(amount[rows]) / quantity[rows], digits)
        return pd.DataFrame(
            {"order": order[rows], "product": product[rows], "price": price, "units": quantity[rows]}, index=rows
        )

    back = priced(refunds)
    there = priced(sold).groupby(_KEY)["units"].sum()
    wanted = back.groupby(_KEY)["units"].transform("sum").to_numpy()
    held = there.reindex(pd.MultiIndex.from_frame(back[_KEY])).fillna(0.0).to_numpy()
    return np.asarray(wanted <= held)

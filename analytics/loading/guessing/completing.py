"""Files of a shop's own that go with a platform's export: costs, categories and refunds joined to its order lines."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analytics.language import _
from analytics.loading.guessing.appearance import Appearance
from analytics.loading.guessing.drafting.decided import time_of
from analytics.loading.guessing.inspection import Study, study
from analytics.loading.guessing.joins import FoundRefunds, join, join_lines, join_name, refunds
from analytics.loading.guessing.synonyms import plain
from analytics.loading.guessing.united import Origin
from analytics.loading.written.toml_text import TomlText, in_words, not_sure_lines, quoted


def completed(
    origin: Origin, files: Sequence[Appearance], others: Sequence[Study], root: Path | None, prefix: str
) -> tuple[Origin, list[Study]]:
    """The order lines of a platform with what other files tell of them, and the files that tell nothing. `files` are
    those of the platform's order lines."""
    declared = tomllib.loads(origin.toml)
    main = _keys_of(declared, files, root, prefix)
    if main is None:
        return origin, list(others)
    left: list[Study] = []
    text = TomlText(origin.toml)
    joins, head = "", origin.head
    paths = list(origin.paths)
    for other in others:
        told = refunds(main, other, declared["fields"]["order_id"])
        found = join(main, other, declared["fields"]) if told is None else None
        if told is not None and "single_amount" not in declared.get("refunds", {}):
            joins += put_refunds(text, other, told)
            head += not_sure_lines(
                [
                    _(
                        "“{column}” of {file} may contain tax or shipping.",
                        column=in_words(told.amount.name),
                        file=other.paths[0].name,
                    )
                ]
            )
            declared["refunds"] = {"single_amount": ""}
        elif found is not None and found.fields:
            joins += f"\n{found.toml}"
            for name, value in found.fields.items():
                text.put(f"fields.{name}", value)
                declared["fields"][name] = value
        else:
            left.append(other)
            continue
        paths += other.paths
    return replace(origin, toml=f"{text}{joins}", paths=paths, head=head), left


def put_refunds(text: TomlText, other: Study, told: FoundRefunds) -> str:
    """Declare the refunds that a file tells one by one; the text of the join."""
    name = join_name(other)
    money = quoted(f"{name}.{told.amount.name}")
    text.put(
        "refunds.single_amount",
        f"{{ compute = {quoted(f'-[{name}.{told.amount.name}]')} }}" if told.negative else money,
    )
    text.put("refunds.single_at", time_of(told.date, f"{name}."))
    return f'\n{join_lines(other, told.ours, told.order)}repeated_keys = "each"\n'


def _keys_of(declared: dict[str, Any], files: Sequence[Appearance], root: Path | None, prefix: str) -> Study | None:
    """The columns of order lines by which other files may be joined: the order, the product and its SKU. None where
    the order is no single column, or the rows are made of others."""
    order, product = declared["fields"].get("order_id"), declared["fields"].get("product")
    product = str(product.get("column", "") if isinstance(product, dict) else product)
    names = {name for found in files for name in found.names}
    if not isinstance(order, str) or order not in names or any(t in declared for t in ("explode", "pivot", "gather")):
        return None
    keys = {order, *({product} & names), *(name for name in names if plain(name).endswith("sku"))}
    return study(files, root, prefix, only=frozenset(keys))

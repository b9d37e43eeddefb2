"""Names that belong to codes: product_name to product, customer_name to customer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.store.dictionary import Dictionary

NAMES = {"product": "product_name", "customer": "customer_name"}  # code → the field that names it


@dataclass(frozen=True)
class CodeNames:
    """The name of each code of a field, as its last line that the viewer may see says it.

    `last` holds for each code of `codes` the code of its name in `names`, −1 where no line names it."""

    codes: Dictionary
    names: Dictionary
    last: np.ndarray

    @cached_property
    def shared(self) -> np.ndarray:
        """For each name whether several codes have it."""
        return np.bincount(self.last[self.last >= 0], minlength=len(self.names)) > 1

    def of_codes(self, codes: np.ndarray) -> list[str]:
        """The names of some codes, "" for those without one."""
        last = self.last[codes]
        names = self.names.take(np.maximum(last, 0)) if len(self.names) else np.full(len(codes), "", object)
        return [str(name) if at >= 0 else "" for name, at in zip(names, last, strict=True)]

    def name(self, value: str) -> str:
        """The name of a code, with the code where other codes have the same name: "Blue Mug (M-2)"; "" without one."""
        code = self.codes.find(value)
        found = int(self.last[code]) if code >= 0 else -1
        if found < 0:
            return ""
        name = str(self.names.take(np.array([found]))[0])
        return f"{name} ({value})" if self.shared[found] else name

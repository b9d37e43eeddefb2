"""What methods expect of the frames that they are given."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analytics.errors import DataError


def require_columns(table: pd.DataFrame, columns: Sequence[str], where: str) -> None:
    """DataError, which names the argument `where`, for a frame that lacks one of these columns."""
    missing = [c for c in columns if c not in table.columns]
    if missing:
        raise DataError(f"expected columns {', '.join(columns)}; missing: {', '.join(missing)}.", where=where)

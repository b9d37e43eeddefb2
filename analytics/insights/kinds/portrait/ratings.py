"""High sales with a low rating: what many buy and few like."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.insights.claim import Claim, Value, count, money, percent, ratio, text
from analytics.insights.company import Company
from analytics.insights.proofs import place, side_by_side
from analytics.insights.significance import FEWEST, LEVEL, adjusted, normal_p

SHOWN = 2


def low_ratings(company: Company) -> list[Claim]:
    """Products and places that sell more than most, yet are rated below the others beyond chance."""
    span = company.aggregate([], ["min_rating", "max_rating", "rating"]).iloc[0]
    low = float(span["min_rating"])
    high = float(span["max_rating"])
    tried: list[tuple[str, pd.Series]] = []
    for field in ("product", "place"):
        frame = company.groups(field, ("revenue", "orders", "rating", "rating_sum", "rated_lines"))
        frame = frame[frame["rated_lines"] >= FEWEST]
        if len(frame) < 3:
            continue
        rest_n = frame["rated_lines"].sum() - frame["rated_lines"]
        rest = (frame["rating_sum"].sum() - frame["rating_sum"]) / rest_n
        # The spread of ratings is not known by group; between its ends no distribution of this mean spreads further.
        variance = np.maximum((high - frame["rating"]) * (frame["rating"] - low), (high - rest) * (rest - low))
        with np.errstate(divide="ignore", invalid="ignore"):
            z: np.ndarray = np.nan_to_num(
                (frame["rating"] - rest) / np.sqrt(variance * (1 / frame["rated_lines"] + 1 / rest_n))
            )
        frame = frame.assign(rest=rest, p=normal_p(z), sells=frame["revenue"] > frame["revenue"].median())
        tried += [(field, row) for _, row in frame.iterrows()]
    q = adjusted([float(row["p"]) for _, row in tried])
    found = [
        (f, row, float(v))
        for (f, row), v in zip(tried, q, strict=True)
        if v <= LEVEL and row["rating"] < row["rest"] and row["sells"]
    ]
    claims = []
    for field, row, value in found:
        name = str(row[field])
        evidence = {
            "name": text(company.label(field, name)),
            "what": text(company.fields[field].plural),
            "rating": ratio(row["rating"]),
            "rest": ratio(row["rest"]),
            "ratings": count(row["rated_lines"]),
            "revenue": money(row["revenue"]),
            "share": percent(row["share"]),
            "q": Value(value, "p"),
        }
        claims.append(
            Claim(
                "low_rating",
                evidence,
                {field: name},
                "rating",
                0.0,
                place(company, name, "sales_and_rating_by_city")
                if field == "place"
                else side_by_side(company, field, name),
                "low_rating.place.do" if field == "place" else "low_rating.do",
                ("low_rating.but",),
                float(row["p"]),
                value,
            )
        )
    return sorted(claims, key=lambda c: -float(c.evidence["revenue"].value))[:SHOWN]

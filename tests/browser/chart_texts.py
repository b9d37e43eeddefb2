"""The texts of every card of an open page, measured: which of them meet, are cut, or cannot be read.

`findings` gives one line for each fault, beginning with the card and the kind of fault:

    overlap    two texts of one card lie on each other
    cut        a text leaves its card, the figure or what clips it, without "…"; in a wide window a table its card
    hidden     a name that ends in "…" without a tooltip, or a number that does
    legend     a legend lies on the plot
    labels     a row or column of a heat map has no name, or fewer than three of its dates or numbers have
    notes      the notes below a figure take more than two lines
    hover      a hover leaves the figure or the window, or covers the axis of time
    contrast   a text stands on a colour on which it cannot be read (needs a picture of the window)
"""

from __future__ import annotations

import io
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

LEAST_CONTRAST = 4.5  # as WCAG 2.2 wants it of small texts

SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


def settled(driver: Any) -> bool:
    """Whether every card of the page has what it shows."""
    return bool(driver.execute_script(f"{SCRIPT}\nreturn settled();"))


def findings(driver: Any, picture: bytes | None = None) -> list[str]:
    """The faults of the page as it stands; of contrast too where a PNG of the window is given. A table that is laid out
    once more passes through states of its own: what is a fault is one a moment later too."""
    found, boxes = driver.execute_script(f"{SCRIPT}\nreturn measured();")
    for _ in range(3):
        if not found:
            break
        time.sleep(0.3)
        again = driver.execute_script(f"{SCRIPT}\nreturn measured();")[0]
        found = [fault for fault in found if fault in again]
    return [*found, *(pale(picture, boxes) if picture else [])]


def figure_findings(driver: Any) -> list[str]:
    """The faults of every figure of a page without cards, such as a report, but those of contrast."""
    return list(driver.execute_script(f"{SCRIPT}\nreturn measuredFigures();"))


def hover_findings(driver: Any) -> list[str]:
    """The faults of hovers over the first, middle and last mark of every figure."""
    found: list[str] = []
    for share in (0.0, 0.5, 1.0):
        driver.execute_script(f"{SCRIPT}\npointAt({share});")
        time.sleep(0.12)  # plotly draws a hover 50 ms after it is asked for
        found += driver.execute_script(f"{SCRIPT}\nreturn hovers();")
    return found


def photographed(driver: Any) -> bytes:
    """A PNG of the window."""
    return b64decode(driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])


def pale(picture: bytes, boxes: list[Any]) -> list[str]:
    """Texts that stand on a colour on which they cannot be read. `boxes`: chart, text, fill, opacity, its place."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    found = []
    for chart, text, fill, opacity, (left, top, right, bottom) in boxes:
        part = pixels[max(int(top), 0) : int(bottom) + 1, max(int(left), 0) : int(right) + 1].reshape(-1, 3)
        ink = np.array([float(v) for v in fill[fill.index("(") + 1 : -1].split(",")[:3]]) if "(" in fill else None
        if ink is None or len(part) < 12:
            continue
        grounds = _grounds(part, ink)
        worst = min((_contrast(opacity * ink + (1 - opacity) * g, g) for g in grounds), default=LEAST_CONTRAST)
        if worst < LEAST_CONTRAST:
            found.append(f"{chart} contrast: {worst:.1f} of “{text}”")
    return sorted(set(found))


def _grounds(pixels: np.ndarray, ink: np.ndarray) -> list[np.ndarray]:
    """The colours that a good part of the pixels have, without those of the letters."""
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    large = colours[counts >= 0.22 * len(pixels)].astype(float)
    return [c for c in large if np.abs(c - ink).max() > 24]


def _contrast(one: np.ndarray, other: np.ndarray) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: np.ndarray) -> float:
    part = np.asarray(colour) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])

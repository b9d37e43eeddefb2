"""What the invented shop Quillmere sells, and what is planted in its sales for analyses to find."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.draws import Floats

CATEGORIES = ("Phones", "Computers", "Audio", "Accessories", "Desk", "Home")


@dataclass(frozen=True)
class Product:
    """One product: list price in dollars, cost as a share of it, popularity as an order's main item and as an extra."""

    name: str
    category: str
    brand: str
    price: float
    cost_share: float
    popularity: float
    as_extra: float
    appeal: float = 0.0  # added to its ratings
    return_rate: float = 0.045
    launched: str = ""
    discontinued: str = ""


PRODUCTS: tuple[Product, ...] = (
    Product("Kestrane One", "Phones", "Kestrane", 749.00, 0.71, 3.7, 0.1, 0.15, 0.050),
    Product("Kestrane One Mini", "Phones", "Kestrane", 549.00, 0.70, 2.4, 0.1, 0.05, 0.055),
    Product("Kestrane Two", "Phones", "Kestrane", 829.00, 0.72, 2.7, 0.1, 0.25, 0.045, launched="2025-04-07"),
    Product("Teklune K4", "Phones", "Teklune", 399.00, 0.69, 3.6, 0.1, -0.10, 0.065),
    Product("Teklune K3", "Phones", "Teklune", 279.00, 0.73, 2.6, 0.1, -0.25, 0.075, discontinued="2024-10-07"),
    Product("Varnholt Folio 13", "Computers", "Varnholt", 1099.00, 0.74, 2.3, 0.0, 0.20, 0.040),
    Product("Varnholt Folio 15", "Computers", "Varnholt", 1399.00, 0.75, 1.5, 0.0, 0.10, 0.045),
    Product("Teklune Slate 11", "Computers", "Teklune", 449.00, 0.70, 2.9, 0.1, 0.00, 0.055),
    Product("Pallavik Quadro 27 Monitor", "Computers", "Pallavik", 329.00, 0.69, 3.2, 0.2, 0.15, 0.050),
    Product("Brisca Pods", "Audio", "Brisca", 119.00, 0.58, 9.5, 1.5, -0.75, 0.110),
    Product("Brisca Pods Pro", "Audio", "Brisca", 199.00, 0.60, 5.2, 0.6, 0.15, 0.060),
    Product("Brisca Over-Ear", "Audio", "Brisca", 249.00, 0.61, 3.3, 0.2, 0.20, 0.055),
    Product("Fjørlyd Shelf Speaker", "Audio", "Fjørlyd", 179.00, 0.60, 2.6, 0.2, 0.30, 0.035),
    Product("Fjørlyd Pocket Speaker", "Audio", "Fjørlyd", 59.00, 0.55, 5.6, 1.3, 0.10, 0.040),
    Product("Kestrane Clear Case", "Accessories", "Kestrane", 34.00, 0.34, 6.6, 1.9, 0.05, 0.040),
    Product("Halvorsen Leather Case", "Accessories", "Halvorsen", 59.00, 0.40, 3.1, 0.8, 0.20, 0.050),
    Product("Teklune Screen Shield", "Accessories", "Teklune", 19.00, 0.30, 4.6, 1.7, -0.20, 0.030),
    Product("Ampelo 30 W Charger", "Accessories", "Ampelo", 29.00, 0.42, 8.2, 4.2, 0.10, 0.025),
    Product("Ampelo Braided Cable 2 m", "Accessories", "Ampelo", 16.00, 0.35, 9.0, 5.6, 0.10, 0.020),
    Product("Ampelo Charging Pad", "Accessories", "Ampelo", 45.00, 0.47, 4.4, 1.4, -0.05, 0.045),
    Product("Halvorsen Laptop Sleeve", "Accessories", "Halvorsen", 49.00, 0.42, 2.7, 0.7, 0.25, 0.035),
    Product("Teklune Slate Pen", "Accessories", "Teklune", 79.00, 0.48, 1.8, 0.3, 0.00, 0.045),
    Product("Pallavik Tactile Keyboard", "Desk", "Pallavik", 119.00, 0.57, 4.6, 0.7, 0.30, 0.040),
    Product("Pallavik Quiet Mouse", "Desk", "Pallavik", 45.00, 0.52, 5.8, 1.9, 0.15, 0.030),
    Product("Pallavik Laptop Stand", "Desk", "Pallavik", 55.00, 0.50, 3.2, 0.8, 0.20, 0.025),
    Product("Söderlund Desk Lamp", "Desk", "Söderlund", 79.00, 0.54, 3.0, 0.6, 0.30, 0.030),
    Product("Varnholt Clarity Webcam", "Desk", "Varnholt", 89.00, 0.57, 3.0, 0.5, -0.10, 0.055),
    Product("Söderlund Air Purifier", "Home", "Söderlund", 189.00, 0.62, 2.6, 0.2, 0.15, 0.040),
    Product("Ombrelin Kettle", "Home", "Ombrelin", 69.00, 0.58, 3.8, 0.7, 0.10, 0.035),
    Product("Ombrelin Espresso Küche", "Home", "Ombrelin", 349.00, 0.66, 2.1, 0.1, 0.30, 0.045),
    Product("Lumara Bulb 4-pack", "Home", "Lumara", 44.00, 0.52, 5.0, 1.6, 0.05, 0.030),
    Product("Lumara Plug 2-pack", "Home", "Lumara", 27.00, 0.50, 4.6, 1.8, -0.05, 0.035),
    Product("Rondello Robot Vacuum", "Home", "Rondello", 379.00, 0.67, 2.2, 0.1, 0.00, 0.075),
)  # fmt: skip

NAMES = tuple(p.name for p in PRODUCTS)
POSITION = {name: i for i, name in enumerate(NAMES)}
CATEGORY = np.array([CATEGORIES.index(p.category) for p in PRODUCTS])
LIST_CENTS = np.array([round(p.price * 100) for p in PRODUCTS], dtype=np.int64)

# Planted: this share of the orders with the first product contains the second as well, at full price. A discount
# raises the share.
AFFINITIES: tuple[tuple[str, str, float], ...] = (
    ("Kestrane One", "Kestrane Clear Case", 0.26),
    ("Kestrane One Mini", "Kestrane Clear Case", 0.24),
    ("Kestrane Two", "Kestrane Clear Case", 0.28),
    ("Kestrane One", "Halvorsen Leather Case", 0.12),
    ("Kestrane Two", "Halvorsen Leather Case", 0.14),
    ("Teklune K4", "Teklune Screen Shield", 0.30),
    ("Teklune K3", "Teklune Screen Shield", 0.25),
    ("Varnholt Folio 13", "Halvorsen Laptop Sleeve", 0.27),
    ("Varnholt Folio 15", "Halvorsen Laptop Sleeve", 0.22),
    ("Varnholt Folio 13", "Pallavik Quiet Mouse", 0.16),
    ("Teklune Slate 11", "Teklune Slate Pen", 0.31),
    ("Pallavik Quadro 27 Monitor", "Pallavik Laptop Stand", 0.15),
    ("Pallavik Tactile Keyboard", "Pallavik Quiet Mouse", 0.28),
    ("Lumara Bulb 4-pack", "Lumara Plug 2-pack", 0.24),
    ("Ampelo Charging Pad", "Ampelo 30 W Charger", 0.30),
)
# Two of the most popular products, often in one order by chance alone.
UNRELATED = ("Ampelo Braided Cable 2 m", "Brisca Pods")

ELASTICITY = -2.0  # exponent with which units respond to price, within product and week
OVERSTOCKED = "Varnholt Clarity Webcam"
SOLD_OUT = "Ombrelin Espresso Küche"  # out of stock since SOLD_OUT_SINCE, and once before
SOLD_OUT_SINCE = "2025-12-15"
EARLIER_STOCK_OUT = ("2024-11-18", "2024-12-09")
DISAPPOINTING = "Brisca Pods"  # among the best sellers, and rated worst
PRICE_RISE = ("Pallavik", "2025-03-03", 1.05)  # brand, from which week, factor

# Share of a category's usual demand by month, January to December.
SEASONS: Floats = np.array(
    [
        (0.95, 0.92, 0.95, 1.00, 0.98, 0.98, 0.95, 0.98, 1.18, 1.05, 1.08, 1.10),
        (0.95, 0.92, 0.95, 0.95, 0.98, 1.02, 1.15, 1.30, 1.10, 0.92, 1.02, 0.95),
        (0.90, 0.92, 0.92, 0.95, 1.00, 1.08, 1.05, 0.98, 0.95, 0.95, 1.12, 1.28),
        (1.02, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.00, 1.02, 1.00, 0.95, 0.95),
        (1.22, 1.12, 1.02, 0.98, 0.92, 0.88, 0.92, 1.12, 1.12, 1.02, 0.92, 0.82),
        (1.02, 0.95, 0.95, 0.92, 0.95, 0.90, 0.88, 0.90, 0.95, 1.05, 1.12, 1.32),
    ]
)  # fmt: skip

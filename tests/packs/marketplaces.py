"""Known orders as marketplaces write them in several languages: Amazon's transactions, TikTok Shop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from tests.packs.orders import Order, money
from tests.packs.platforms import PACIFIC, Row, after_discounts, amazon

_COLUMNS = ("date/time", "settlement id", "type", "order id", "description", "quantity", "order city", "product sales",
            "product sales tax", "shipping credits", "promotional rebates", "selling fees", "fba fees")  # fmt: skip
_MONTHS = {
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
    "it": ["gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"],
    "es": ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
}
_NAMES = {
    "de": ("Datum/Uhrzeit", "Abrechnungsnummer", "Typ", "Bestellnummer", "Beschreibung", "Menge", "Ort der Bestellung",
           "Umsätze", "Produktumsatzsteuer", "Gutschrift für Versandkosten", "Rabatte aus Werbeaktionen",
           "Verkaufsgebühren", "Gebühren zu Versand durch Amazon"),
    "fr": ("date/heure", "numéro de versement", "type", "numéro de la commande", "description", "quantité",
           "ville d'où provient la commande", "ventes de produits", "Taxes sur la vente des produits",
           "crédits d’expédition", "Rabais promotionnels", "frais de vente", "Frais Expédié par Amazon"),
    "it": ("Data/Ora:", "Numero pagamento", "Tipo", "Numero ordine", "Descrizione", "Quantità",
           "Città di provenienza dell'ordine", "Vendite", "imposta sulle vendite dei prodotti",
           "Accrediti per le spedizioni", "Sconti promozionali", "Commissioni di vendita",
           "Costi del servizio Logistica di Amazon"),
    "es": ("fecha y hora", "identificador de pago", "tipo", "número de pedido", "descripción", "cantidad",
           "ciudad de procedencia del pedido", "ventas de productos", "impuesto de ventas de productos",
           "abonos de envío", "devoluciones promocionales", "tarifas de venta", "tarifas de Logística de Amazon"),
}  # fmt: skip
_TYPES = {
    "de": {"Order": "Bestellung", "Refund": "Erstattung"},
    "fr": {"Order": "Commande", "Refund": "Remboursement"},
    "it": {"Order": "Ordine", "Refund": "Rimborso"},
    "es": {"Order": "Pedido", "Refund": "Reembolso"},
}
ABOVE_AMAZON = {
    "de": '"Einschließlich Amazon Marketplace und Versand durch Amazon"\n"Alle Beträge in Euro, wenn nicht anders"\n',
    "fr": '"Comprend les sites de vente Amazon"\n"Tous les montants sont en EUR, sauf mention contraire"\n',
    "it": '"Include Amazon Marketplace"\n"Tutti gli importi sono in EUR"\n',
    "es": '"Incluye Amazon Marketplace"\n"Todos los importes en EUR"\n',
}
MONEY = _COLUMNS[7:]


def amazon_in(language: str) -> Callable[[Order], list[Row]]:
    """Amazon's transactions of a European shop: other names, decimal commas, times in UTC with names of months."""
    names = dict(zip(_COLUMNS, _NAMES[language], strict=True))

    def rows(order: Order) -> list[Row]:
        return [{names[c]: _written(c, cell, order, row, language) for c, cell in row.items() if c in names}
                for row in [*amazon(order), *_no_sales(order)]]  # fmt: skip

    return rows


def _no_sales(order: Order) -> list[Row]:
    """A fee of the shop's now and then, which is no sale."""
    if order.number % 9:
        return []
    row = dict.fromkeys(_COLUMNS, "") | {"settlement id": "555", "type": "Service Fee", "description": "Subscription"}
    return [row | dict.fromkeys(MONEY, "0")]


def _written(column: str, cell: str, order: Order, row: Row, language: str) -> str:
    if column == "date/time":
        moment = order.refunded_at if row["type"] == "Refund" and order.refunded_at else order.at
        return _moment(moment.astimezone(UTC), language)
    if column == "type":
        return _TYPES[language].get(cell, "Servicegebühr")
    return cell.replace(",", "").replace(".", ",") if column in MONEY else cell


def _moment(at: datetime, language: str) -> str:
    if language == "de":
        return at.strftime("%d.%m.%Y %H:%M:%S UTC")
    return f"{at.day} {_MONTHS[language][at.month - 1]} {at:%Y %H:%M:%S} UTC"


def tiktok(order: Order) -> list[Row]:
    """A row an item with the order's money on each; the platform's own discount is none of the seller's."""
    local = order.at.astimezone(PACIFIC)
    whole = order.refund == order.goods
    return [
        {
            "Order ID": f"5760{order.number}",
            "Order Status": "Completed" if order.paid else ("Canceled", "Dibatalkan")[order.number % 2],
            "Cancelled Time": "" if order.paid else local.strftime("%m/%d/%Y %I:%M:%S %p"),
            "Product Name": line.product,
            "Quantity": str(line.quantity),
            "Sku Quantity of return": str(line.quantity if whole and order.refund else 0),
            "SKU Unit Original Price": f"USD {money(line.price)}",
            "SKU Subtotal Before Discount": f"USD {money(line.quantity * line.price)}",
            "SKU Platform Discount": "USD 0.50",
            "SKU Seller Discount": f"USD {money(line.quantity * line.price - net)}",
            "Shipping Fee After Discount": f"USD {money(order.shipping)}",
            "Taxes": f"USD {money(order.tax)}",
            "Created Time": local.strftime("%m/%d/%Y %I:%M:%S %p\t"),
            "Buyer Username": order.person[1].split("@")[0],
        }
        for line, net in zip(order.lines, after_discounts(order), strict=True)
    ]


def returned_whole(order: Order) -> Order:
    """The order as a file tells it that has pieces that came back, and no money refunded without them."""
    return replace(order, refund=order.refund if order.refund == order.goods else 0)


TIKTOK_EXPLAINED = {
    "Order ID": "Platform unique order ID.",
    "Order Status": "Current order status.",
    "Product Name": "Platform product name.",
    "Quantity": "SKU sold quantity in the order.",
    "SKU Subtotal Before Discount": "It equals the price times the quantity.",
    "Created Time": "Order created time.",
}

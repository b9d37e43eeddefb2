"""Known orders as platforms write their payments: eBay's transactions in three languages, Stripe's balance, Square's
transactions, Etsy's orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from tests.packs.orders import Line, Order, money
from tests.packs.platforms import PACIFIC, SHOP, Row, fee_of, refund_parts

_EBAY = ("Transaction creation date", "Type", "Order number", "Buyer username", "Ship to city", "Payout ID",
         "Item title", "Quantity", "Item subtotal", "Shipping and handling", "Seller collected tax",
         "Final Value Fee - fixed", "Final Value Fee - variable", 'Very high "item not as described" fee',
         "Gross transaction amount", "Transaction currency")  # fmt: skip
_EBAY_NAMES = {
    "en": _EBAY,
    "de": ("Datum der Transaktionserstellung", "Typ", "Bestellnummer", "Nutzername des Käufers", "Versandziel - Ort",
           "Auszahlung Nr.", "Angebotstitel", "Stückzahl", "Zwischensumme Artikel", "Verpackung und Versand",
           "Vom Verkäufer eingezogene Steuer", "Fixer Anteil der Verkaufsprovision",
           "Variabler Anteil der Verkaufsprovision",
           "Gebühr für sehr hohe Quote an „nicht wie beschriebenen Artikeln“",
           "Transaktionsbetrag (inkl. Kosten)", "Transaktionswährung"),
    "fr": ("Date de création de la transaction", "Type", "Numéro de commande", "Pseudo de l'acheteur",
           "Ville de livraison", "Numéro du versement", "Titre de l'objet", "Quantité", "Sous-total de l'objet",
           "Livraison et expédition", "Taxe collectée par le vendeur", "Commission sur le prix final - fixe",
           "Commission sur le prix final - variable",
           "Frais pour taux très élevé d'objets non conformes à la description",
           "Montant brut de la transaction", "Devise de la transaction"),
}  # fmt: skip
_EBAY_TYPES = {
    "de": {"Order": "Bestellung", "Refund": "Rückerstattung", "Hold": "Einbehalten", "Payout": "Auszahlung"},
    "fr": {"Order": "Commande", "Refund": "Remboursement", "Hold": "Blocage", "Payout": "Versement"},
}
_FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
ABOVE_EBAY = {
    "en": '\ufeff--,--,--\n"Transaction report"\n"Seller","maker"\n',
    "de": '\ufeff--,--,--\n"Transaktionsbericht"\n"Verkäufer";"maker"\n',
    "fr": '\ufeff--,--,--\n"Remarques"\n"Vendeur";"maker"\n',
}


def ebay_told(order: Order) -> Order:
    """The order as eBay knows it: without discounts, and paid; the tax and the shipping are not refunded."""
    return replace(order, discount=0, lines=tuple(replace(line, discount=0) for line in order.lines), paid=True)


def ebay_transactions(language: str) -> Callable[[Order], list[Row]]:
    """An order of several items has a row of sums first; a refund has neither pieces nor a subtotal; holds, fees and
    payouts stand among them."""
    names = dict(zip(_EBAY, _EBAY_NAMES[language], strict=True))

    def rows(order: Order) -> list[Row]:
        return [{names[c]: _ebay_cell(c, cell, language) for c, cell in row.items()} for row in _ebay(order)]

    return rows


def _ebay(order: Order) -> list[Row]:
    day = _ebay_day(order.at)
    both = dict.fromkeys(_EBAY, "--") | {"Order number": f"10-{order.number}", "Transaction currency": "USD",
            "Buyer username": order.person[1].split("@")[0] or "--", "Transaction creation date": day}  # fmt: skip
    items = [
        both
        | {
            "Type": "Order",
            "Ship to city": order.person[2] or "--",
            "Item title": line.product,
            "Quantity": str(line.quantity),
            "Item subtotal": money(line.total),
            "Shipping and handling": money(order.shipping if at == 0 else 0),
            "Seller collected tax": money(order.tax) if at == 0 and order.tax else "--",
            "Final Value Fee - fixed": money(-30),
            "Final Value Fee - variable": money(-line.price // 10),
        }
        for at, line in enumerate(order.lines)
    ]
    gross = {"Gross transaction amount": money(order.goods + order.shipping + order.tax)}
    found = [items[0] | gross] if len(items) == 1 else [both | {"Type": "Order"} | gross, *items]
    for part, at in refund_parts(order):
        back = {"Type": "Refund", "Item title": order.lines[0].product, "Gross transaction amount": money(-part)}
        found.append(both | back | {"Transaction creation date": _ebay_day(at), "Final Value Fee - variable": "0.10"})
    if order.number % 5 == 0:
        found.append(items[0] | {"Type": "Hold", "Gross transaction amount": money(-order.goods)})
        found.append(both | {"Type": "Payout", "Order number": "--", "Gross transaction amount": "-3,666.78"})
    return found


def _ebay_day(at: datetime) -> str:
    return at.astimezone(PACIFIC).strftime("%Y-%m-%d")


def _ebay_cell(column: str, cell: str, language: str) -> str:
    if column == "Transaction creation date":
        day = datetime.strptime(cell, "%Y-%m-%d")
        if language == "fr":
            return f"{day.day} {_FRENCH[day.month - 1]} {day.year}"
        return day.strftime("%b %-d, %Y" if language == "en" else "%d.%m.%Y")
    if language == "en":
        return cell
    if column == "Type":
        return _EBAY_TYPES[language][cell]
    if column == "Transaction currency":
        return "EUR"
    return cell.replace(",", "").replace(".", ",") if cell[-2:].isdigit() and "." in cell else cell


def of_one_payment(order: Order) -> Order:
    """The order as a payment provider knows it: one amount."""
    line = Line("Starter kit", 1, order.goods)
    return replace(order, lines=(line,), discount=0, shipping=0, tax=0, paid=True)


def stripe_balance(order: Order) -> list[Row]:
    """Charges and refunds, each on its day and with its fee; payouts stand among them."""
    if not order.goods:
        return []
    found = [("charge", f"ch_{order.number}", order.goods, fee_of(order), order.at, "Starter kit")]
    for at, (part, day) in enumerate(refund_parts(order)):
        found.append(("refund", f"re_{order.number}{at}", -part, 0, day, "REFUND FOR CHARGE (Starter kit)"))
    if order.number % 5 == 0:
        found.append(("payout", f"po_{order.number}", -1000, 0, order.at, "STRIPE PAYOUT"))
    return [
        {
            "id": f"txn_{source}",
            "Type": kind,
            "Source": source,
            "Amount": money(amount),
            "Fee": money(fee),
            "Net": money(amount - fee),
            "Currency": "usd",
            "Created (UTC)": at.strftime("%Y-%m-%d %H:%M"),
            "Available On (UTC)": at.strftime("%Y-%m-%d 00:00"),
            "Description": description,
        }
        for kind, source, amount, fee, at, description in found
    ]


def stripe_activity(order: Order) -> list[Row]:
    """The same as the itemised report has it: other names, and the charge beside a refund."""
    names = {"id": "balance_transaction_id", "Type": "reporting_category", "Source": "source_id", "Amount": "gross",
             "Fee": "fee", "Net": "net", "Currency": "currency", "Created (UTC)": "created_utc",
             "Available On (UTC)": "available_on_utc", "Description": "description"}  # fmt: skip
    return [{names[c]: cell for c, cell in row.items()} | {"charge_id": f"ch_{order.number}"}
            for row in stripe_balance(order)]  # fmt: skip


TIP = 150


def square_told(order: Order) -> Order:
    """The order as Square's transactions know it: one line after its discounts, paid, without shipping."""
    gross = sum(line.quantity * line.price for line in order.lines)
    line = Line("All products", 1, gross, gross - order.goods)
    return replace(order, lines=(line,), discount=0, shipping=0, paid=True)


def square_transactions(order: Order) -> list[Row]:
    """A payment with its tip and fee; what came back is a row of its own. A gift card is sold with every seventh."""
    gross = sum(line.quantity * line.price for line in order.lines)
    card = 2500 if order.number % 7 == 0 else 0
    found = [_square(order, order.at, "Payment", gross, order.goods - gross, order.tax, TIP, card, fee_of(order))]
    return found + [_square(order, at, "Refund", -part, 0, 0, 0, 0, 0) for part, at in refund_parts(order)]


def _square(
    order: Order, at: datetime, kind: str, gross: int, off: int, tax: int, tip: int, card: int, fee: int
) -> Row:
    def dollars(cents: int) -> str:
        return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"

    local = at.astimezone(SHOP)
    return {
        "Date": local.strftime("%m/%d/%Y"),
        "Time": local.strftime("%-I:%M:%S %p"),
        "Time Zone": "Eastern Time (US & Canada)",
        "Gross Sales": dollars(gross),
        "Discounts": dollars(off),
        "Net Sales": dollars(gross + off),
        "Gift Card Sales": dollars(card),
        "Tax": dollars(tax),
        "Tip": dollars(tip),
        "Partial Refunds": "$0.00",
        "Total Collected": dollars(gross + off + card + tax + tip),
        "Card Brand": "Visa" if order.number % 3 else "",
        "Other Tender Type": "",
        "Fees": dollars(-fee),
        "Net Total": dollars(gross + off + card + tax + tip - fee),
        "Transaction ID": f"T{order.number}",
        "Payment ID": f"P{order.number}{kind}{local:%m%d}",
        "Event Type": kind,
        "Location": "Main St",
        "Customer ID": order.person[1],
    }


def etsy_orders(order: Order) -> list[Row]:
    """One row an order; its tax is within the total and shown nowhere; the adjusted total is 0 where nothing was."""
    value = sum(line.quantity * line.price for line in order.lines)
    total = order.goods + order.shipping + order.tax
    back = round(order.refund * (order.goods + order.tax) / order.goods) if order.goods else 0
    return [
        {
            "Sale Date": order.at.strftime("%m/%d/%y"),
            "Order ID": str(order.number),
            "Full Name": order.person[0],
            "Number of Items": str(sum(line.quantity for line in order.lines)),
            "Payment Method": "Credit Card",
            "Delivery City": order.person[2],
            "Currency": "USD",
            "Order Value": money(value),
            "Discount Amount": money(value - order.goods) if value > order.goods else "",
            "Delivery Discount": "0.00",
            "Delivery": money(order.shipping),
            "Sales Tax": "0.00",
            "Order Total": money(total),
            "Card Processing Fees": money(fee_of(order)),
            "Order Net": money(total - fee_of(order)),
            "Adjusted Order Total": money(total - back if back else 0),
            "Buyer": order.person[1].split("@")[0],
        }
    ]


def etsy_told(order: Order) -> Order:
    """The order as Etsy's orders tell it: paid, and with refunds only of those that keep a total above zero."""
    whole = order.refund == order.goods and not order.shipping
    return replace(order, paid=True, refund=0 if whole else order.refund)

"""What companies call the canonical fields.

Names as they stand in headers, without case, spaces and punctuation, likeliest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import combining, normalize


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SYNONYMS: dict[str, tuple[str, ...]] = {
    "order_id": _names(
        """
        orderid ordernumber orderno ordernr invoiceno invoiceid invoicenumber invoice transactionid salesorderid
        salesordernumber receipt receiptnumber receiptid receiptno basketid saleid orderref order purchaseid tid
        bestellnummer auftragsnummer rechnungsnummer bestellung numerocommande commande pedido numeropedido
        amazonorderid idinvoice salesrecordnumber belegnummer bestellnr auftragsnr rechnungsnr belegnr bonnr bonnummer
        bestellref bestellreferenz beleg billno billnumber bestelling bestellingnummer ordine numeroordine
        numerodopedido numerzamowienia zamowienie
        """
    ),
    "ordered_at": _names(
        """
        orderdate orderedat orderdatetime ordertimestamp orderpurchasetimestamp invoicedate transactiondate
        transactiontime purchasedate purchasetimestamp purchasedat saledate salesdate createdat datetime timestamp
        date day dateofpurchase dateoforder ordereddate dateordered bestelldatum rechnungsdatum datum
        datecommande fecha data dataordine datadopedido datazamowienia besteldatum
        """
    ),
    "posted_at": _names("postedat postingdate refunddate refundedat returndate"),
    "line_id": _names("lineid orderlineid rowid orderitemid lineitemid"),
    "product": _names(
        """
        product productname item itemname itemtitle lineitemname productdescription itemdescription description article
        articlename productid productcode itemid sku stockcode asin itempurchased artikel artikelname produkt
        ware artikelbezeichnung warenbezeichnung
        produit producto articulo prodotto articolo produto produkty nazwaproduktu
        """
    ),
    "product_name": _names("productname itemname producttitle lineitemname artikelname nomproduit"),
    "quantity": _names(
        """
        quantity quantityordered quantitypurchased orderquantity qty qtyordered salesqty soldqty units unitssold
        itemcount
        lineitemquantity numberofcds numitems pieces count menge anzahl stueck stuck stk anz quantite cantidad
        jumlahbarang aantal ilosc quantita quantidade qtde
        """
    ),
    "amount": _names(
        """
        amount linetotal lineamount netsales netamount netrevenue linerevenue itemtotal totalamount salesamount sales
        revenue totalrevenue totalprice totalsales sale gross
        turnover total purchaseamount purchaseamountusd dollarvalue orderamount ordervalue ordertotal
        nettobetrag nettoumsatz umsatznetto bruttobetrag bruttoumsatz imponibile
        grosssales subtotal value spend paymentvalue betrag umsatz gesamt summe gesamtpreis gesamtbetrag
        montant importe bedrag importo valor kwota
        """
    ),
    "unit_price": _names(
        """
        unitprice priceeach price itemprice lineitemprice priceperunit sellingprice rate preis einzelpreis
        stueckpreis stuckpreis preisprostueck preisprostuck preisprostk
        preisjestueck preisjestuck preisjestk preisstueck preisstuck preisstk
        prix prixunitaire precio preciounitario nettopreis prezzo prezzounitario preco precounitario stukprijs
        prijs cena cenajednostkowa
        """
    ),
    "list_price": _names("listprice msrp rrp retailprice mrp catalogprice"),
    "discount": _names("discountamount discount discountvalue totaldiscount rabatt remise descuento"),
    "cost": _names("totalcost cost cogs costamount linecost"),
    "shipping": _names(
        """
        shipping shippingcost shippingamount shippingprice freight postage versand versandkosten fraisdeport envio
        """
    ),
    "tax": _names("tax taxes taxamount salestax vat vatamount gst mwst steuer tva iva"),
    "duty": _names("duty duties customsduty importduty zoll"),
    "fees": _names("servicecharge handlingfee handling additionalfees giftwrap"),
    "tip": _names("tip tips gratuity trinkgeld pourboire propina"),
    "gift_card": _names("giftcard giftcards giftcardsales giftcertificate gutschein"),
    "selling_fees": _names(
        """
        sellingfees marketplacefees transactionfee processingfee paymentfee commission fee fees gebuehren
        """
    ),
    "currency": _names("currency currencycode waehrung wahrung devise moneda"),
    "customer": _names(
        """
        customerid custid custno customer customeruniqueid customercode customernumber customerno clientid
        client userid user
        buyerid buyer buyeremail accountid account memberid shopperid email customeremail customername
        kundennummer kundennr kunde kd kdnr kdnummer
        kundenid clienteid cliente idclient klant klantnummer klient party partyname
        householdid companyname purchaseaddress shippingaddress
        """
    ),
    "customer_name": _names("customername clientname buyername username accountname companyname kundenname"),
    "segment": _names("segment customersegment customertype customergroup membership kundengruppe"),
    "category": _names(
        """
        category productcategory categoryname productcategoryname productline producttype itemcategory department
        productgroup itemtype kategorie warengruppe produktgruppe categorie categoria
        """
    ),
    "brand": _names("brand brandname manufacturer maker vendor marke"),
    "city": _names("city customercity shippingcity shipcity billingcity town location stadt ort ville ciudad"),
    "region": _names(
        """
        state stateprovince province customerstate shippingprovince shipstate bundesland region territory zone county
        """
    ),
    "country": _names(
        "country countryregion shippingcountry billingcountry shipcountry customercountry nation land pays pais"
    ),
    "latitude": _names("latitude lat"),
    "longitude": _names("longitude lng lon long"),
    "channel": _names("channel saleschannel orderchannel utmsource marketingchannel platform kanal"),
    "payment_method": _names(
        "paymentmethod payment paymenttype paymode paymentmode zahlungsart zahlart zahlungsmethode"
    ),
    "status": _names("status orderstatus fulfillmentstatus fulfilmentstatus stateoforder"),
    "deal_size": _names("dealsize"),
    "gender": _names("gender sex geschlecht"),
    "age_group": _names("agegroup agerange ageband altersgruppe"),
    "rating": _names("rating reviewscore reviewrating stars customerrating satisfaction"),
}


COUNTS_OF_ORDERS = _names(  # columns of reports, in which each row is a sum
    """
    orders ordercount orderscount totalorders numberoforders nooforders transactions numberoftransactions bestellungen
    anzahlbestellungen commandes nombredecommandes pedidos
    """
)

# Money of one piece, and money of a whole line or order: parts of a word, whole words, and words with others.
_PRICE = re.compile(
    r"price|preis|prix|precio|preco|prezzo|prijs|fiyat|harga|pris\b|unitaire|unitari[oa]|jednostkow|цена|τιμη|単価|单价|價格|价格|단가"
)
_PRICES = frozenset(
    _names("rate cost costs kosten pris cena ceny tarif tariff mrp msrp rrp uvp pvp hinta cout costo coste custo")
)
_EACH = re.compile(
    r"\beach\b|(?:\b(?:per|pro|je|par|por|al)\s+|/\s*)"
    r"(?:units?|items?|pieces?|pcs?|st|stk|stuck|stueck|unidad|unite|pezzo|szt|ks)\b"
)
_TOTAL = re.compile(r"total|totaal|gesamt|summe|umsatz|revenue|turnover|toplam|jumlah|итого|сумма|合計|extended")
_TOTALS = frozenset(
    _names(
        """
        sum line zeile ligne linea order orders basket cart invoice receipt bestellung commande pedido ordine suma razem
        """
    )
)

_TAXES = r"\b\.?\s*(?:of\s+)?(?:vat|tax(?:es)?|gst|mwst|ust|tva|iva|btw|moms)\b"
_INSIDE = re.compile(
    rf"\b(?:incl?|including|included|inclusive|inkl|inklusive|with|mit|avec|con|com|met|med){_TAXES}|\bttc\b",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(
    rf"\b(?:excl?|excluding|excluded|exclusive|exkl|without|before|ohne|zzgl|hors|sans|sin|senza|sem|zonder|uden){_TAXES}"
    r"|\bht\b",
    re.IGNORECASE,
)


def plain(name: str) -> str:
    """A header in the form in which it is compared: lower case, letters without accents and digits only."""
    return "".join(filter(str.isalnum, normalize("NFKD", name.casefold())))


def named(field: str, columns: Iterable[str]) -> list[str]:
    """Columns whose name is a synonym of the field, likeliest first: of "Total incl. VAT" and "Total excl. VAT", the
    one without tax."""
    order = {plain(s): rank for rank, s in enumerate(SYNONYMS.get(field, ()))}
    forms = {c: plain(without_tax(c)) for c in columns}
    return sorted((c for c in forms if forms[c] in order), key=lambda c: (contains_tax(c), order[forms[c]]))


def without_tax(name: str) -> str:
    """A name without what it says of tax: "Total (excl. VAT)" as "Total"."""
    return _OUTSIDE.sub(" ", _INSIDE.sub(" ", name))


def contains_tax(name: str) -> bool:
    """Whether a name says that money contains tax."""
    return bool(_INSIDE.search(name))


def says_price(name: str) -> bool:
    """Whether a name says that money is the price of one piece, as "Preis/Stk", "MRP" and "price (each)" do; and so
    does "Price", since without a number of pieces nothing tells that it is more."""
    text = _words(name)
    if _EACH.search(text):
        return True
    return bool(_PRICE.search(text) or _PRICES & set(text.split())) and not says_total(name)


def says_total(name: str) -> bool:
    """Whether a name says that money is that of a whole line or order, as "Gesamtpreis" and "Line total" do."""
    text = _words(name)
    return bool(not _EACH.search(text) and (_TOTAL.search(text) or _TOTALS & set(text.split())))


def _words(name: str) -> str:
    """The words of a name in small letters without accents; only "/" of its signs."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    letters = "".join(c for c in normalize("NFKD", apart.casefold()) if not combining(c))
    return " ".join(re.sub(r"[^\w/]|_", " ", letters).split())

"""What companies call the canonical fields: names as they stand in headers, without case, spaces and punctuation, likeliest first."""

from __future__ import annotations

from collections.abc import Iterable

SYNONYMS: dict[str, tuple[str, ...]] = {
    "order_id": (
        "orderid", "ordernumber", "orderno", "ordernr", "invoiceno", "invoiceid", "invoicenumber", "invoice", "transactionid",
        "salesorderid", "salesordernumber", "receiptid", "receiptno", "basketid", "saleid", "orderref", "order", "purchaseid", "tid",
        "bestellnummer", "auftragsnummer", "rechnungsnummer", "bestellung", "numerocommande", "commande", "pedido", "numeropedido",
    ),
    "ordered_at": (
        "orderdate", "orderedat", "orderdatetime", "ordertimestamp", "orderpurchasetimestamp", "invoicedate", "transactiondate",
        "transactiontime", "purchasedate", "purchasetimestamp", "purchasedat", "saledate", "salesdate", "createdat", "datetime",
        "timestamp", "date", "day", "dateofpurchase", "bestelldatum", "rechnungsdatum", "datum", "datecommande", "fecha", "data",
    ),
    "posted_at": ("postedat", "postingdate", "refunddate", "refundedat", "returndate"),
    "line_id": ("lineid", "orderlineid", "rowid", "orderitemid", "lineitemid"),
    "product": (
        "product", "productname", "item", "itemname", "lineitemname", "productdescription", "itemdescription", "description",
        "article", "articlename", "productid", "productcode", "itemid", "sku", "stockcode", "asin", "itempurchased", "artikel",
        "artikelname", "produkt", "produit", "producto", "articulo",
    ),
    "quantity": (
        "quantity", "quantityordered", "orderquantity", "qty", "qtyordered", "salesqty", "soldqty", "units", "unitssold", "itemcount",
        "lineitemquantity", "numberofcds", "numitems", "pieces", "count", "menge", "anzahl", "stueck", "quantite", "cantidad",
    ),
    "amount": (
        "amount", "linetotal", "lineamount", "totalamount", "salesamount", "sales", "revenue", "totalprice", "netamount", "totalsales",
        "sale", "turnover", "total", "purchaseamount", "purchaseamountusd", "dollarvalue", "orderamount", "ordervalue", "ordertotal",
        "netsales", "grosssales", "subtotal", "value", "spend", "paymentvalue", "betrag", "umsatz", "gesamt", "montant", "importe",
    ),
    "unit_price": (
        "unitprice", "priceeach", "price", "itemprice", "lineitemprice", "priceperunit", "sellingprice", "rate", "preis",
        "einzelpreis", "stueckpreis", "prix", "prixunitaire", "precio", "preciounitario",
    ),
    "list_price": ("listprice", "msrp", "rrp", "retailprice", "mrp", "catalogprice"),
    "discount": ("discountamount", "discount", "discountvalue", "totaldiscount", "rabatt", "remise", "descuento"),
    "cost": ("totalcost", "cost", "cogs", "costamount", "linecost"),
    "currency": ("currency", "currencycode", "waehrung", "devise", "moneda"),
    "customer": (
        "customerid", "customer", "customeruniqueid", "customercode", "customernumber", "customerno", "clientid", "client", "userid",
        "user", "buyerid", "buyer", "accountid", "account", "memberid", "shopperid", "email", "customeremail", "customername",
        "kundennummer", "kunde", "kundenid", "clienteid", "cliente", "idclient", "purchaseaddress", "shippingaddress",
    ),
    "customer_name": ("customername", "clientname", "buyername", "username", "accountname", "companyname", "kundenname"),
    "segment": ("segment", "customersegment", "customertype", "customergroup", "membership", "kundengruppe"),
    "category": (
        "category", "productcategory", "categoryname", "productline", "producttype", "itemcategory", "department", "productgroup",
        "itemtype", "kategorie", "warengruppe", "categorie", "categoria",
    ),
    "brand": ("brand", "brandname", "manufacturer", "maker", "vendor", "marke"),
    "city": ("city", "customercity", "shippingcity", "shipcity", "billingcity", "town", "location", "stadt", "ort", "ville", "ciudad"),
    "region": (
        "region", "state", "customerstate", "province", "territory", "shippingprovince", "shipstate", "zone", "county", "bundesland",
    ),
    "country": ("country", "shippingcountry", "billingcountry", "shipcountry", "customercountry", "nation", "land", "pays", "pais"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lng", "lon", "long"),
    "channel": ("channel", "saleschannel", "orderchannel", "utmsource", "marketingchannel", "platform", "kanal"),
    "payment_method": ("paymentmethod", "payment", "paymenttype", "paymode", "paymentmode", "zahlungsart"),
    "status": ("status", "orderstatus", "fulfillmentstatus", "fulfilmentstatus", "state of order"),
    "deal_size": ("dealsize",),
    "gender": ("gender", "sex", "geschlecht"),
    "age_group": ("agegroup", "agerange", "ageband", "altersgruppe"),
    "rating": ("rating", "reviewscore", "reviewrating", "stars", "customerrating", "satisfaction"),
}  # fmt: skip


def plain(name: str) -> str:
    """A header as it is compared: letters and digits only, small."""
    return "".join(c for c in name.casefold() if c.isalnum())


def named(field: str, columns: Iterable[str]) -> list[str]:
    """Columns whose name is a synonym of the field, likeliest first."""
    order = {plain(s): rank for rank, s in enumerate(SYNONYMS.get(field, ()))}
    found = [c for c in columns if plain(c) in order]
    return sorted(found, key=lambda c: order[plain(c)])

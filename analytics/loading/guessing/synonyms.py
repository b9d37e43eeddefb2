"""What companies call the canonical fields.

Names as they stand in headers, without case, spaces and punctuation, likeliest first.
"""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SYNONYMS: dict[str, tuple[str, ...]] = {
    "order_id": _names(
        """
        orderid ordernumber orderno ordernr invoiceno invoiceid invoicenumber invoice transactionid salesorderid
        salesordernumber receipt receiptnumber receiptid receiptno basketid saleid orderref order purchaseid tid
        bestellnummer auftragsnummer rechnungsnummer bestellung numerocommande commande pedido numeropedido
        amazonorderid idinvoice salesrecordnumber belegnummer bestellnr auftragsnr rechnungsnr belegnr bonnr bonnummer
        bestellref bestellreferenz
        """
    ),
    "ordered_at": _names(
        """
        orderdate orderedat orderdatetime ordertimestamp orderpurchasetimestamp invoicedate transactiondate
        transactiontime purchasedate purchasetimestamp purchasedat saledate salesdate createdat datetime timestamp
        date day dateofpurchase dateoforder ordereddate dateordered bestelldatum rechnungsdatum datum
        datecommande fecha data
        """
    ),
    "posted_at": _names("postedat postingdate refunddate refundedat returndate"),
    "line_id": _names("lineid orderlineid rowid orderitemid lineitemid"),
    "product": _names(
        """
        product productname item itemname itemtitle lineitemname productdescription itemdescription description article
        articlename productid productcode itemid sku stockcode asin itempurchased artikel artikelname produkt
        ware artikelbezeichnung warenbezeichnung
        produit producto articulo
        """
    ),
    "product_name": _names("productname itemname producttitle lineitemname artikelname nomproduit"),
    "quantity": _names(
        """
        quantity quantityordered quantitypurchased orderquantity qty qtyordered salesqty soldqty units unitssold
        itemcount
        lineitemquantity numberofcds numitems pieces count menge anzahl stueck stuck stk quantite cantidad jumlahbarang
        """
    ),
    "amount": _names(
        """
        amount linetotal lineamount netsales netamount netrevenue linerevenue itemtotal totalamount salesamount sales
        revenue totalrevenue totalprice totalsales sale gross
        turnover total purchaseamount purchaseamountusd dollarvalue orderamount ordervalue ordertotal
        grosssales subtotal value spend paymentvalue betrag umsatz gesamt montant importe
        """
    ),
    "unit_price": _names(
        """
        unitprice priceeach price itemprice lineitemprice priceperunit sellingprice rate preis einzelpreis
        stueckpreis stuckpreis preisprostueck preisprostuck preisprostk
        preisjestueck preisjestuck preisjestk preisstueck preisstuck preisstk
        prix prixunitaire precio preciounitario
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
        kundenid clienteid cliente idclient householdid companyname purchaseaddress shippingaddress
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


def plain(name: str) -> str:
    """A header in the form in which it is compared: lower case, letters without accents and digits only."""
    return "".join(filter(str.isalnum, normalize("NFKD", name.casefold())))


def named(field: str, columns: Iterable[str]) -> list[str]:
    """Columns whose name is a synonym of the field, likeliest first."""
    order = {plain(s): rank for rank, s in enumerate(SYNONYMS.get(field, ()))}
    found = [c for c in columns if plain(c) in order]
    return sorted(found, key=lambda c: order[plain(c)])

"""Numbers as people and platforms write them: currencies before or after, minus signs anywhere, narrow blanks.

Only the writing is undone here. Which sign divides groups and which one decimals is never guessed from one text.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from analytics.loading.written.rewriting import any_has, rewritten

# Currencies that are traded, by their ISO 4217 code.
_TRADED = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF
IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK
MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES
VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL
"""
ISO = tuple(_TRADED.split())
# What stands for a currency without doubt. "$" alone, "kr" and "¥" stand for several.
ISO_OF = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₺": "TRY", "₽": "RUB", "₴": "UAH",
    "₫": "VND", "₪": "ILS", "₦": "NGN", "₱": "PHP", "৳": "BDT", "฿": "THB", "zł": "PLN", "kč": "CZK", "ft": "HUF",
    "r$": "BRL", "us$": "USD", "au$": "AUD", "a$": "AUD", "ca$": "CAD", "c$": "CAD", "nz$": "NZD", "hk$": "HKD",
    "nt$": "TWD", "mx$": "MXN", "s$": "SGD", "rm": "MYR", "rp": "IDR", "лв": "BGN", "руб": "RUB",
}  # fmt: skip
_DOLLARS = r"(?:US|AU|CA|NZ|HK|NT|MX|[ACRS]) ?\$"
_WORDS = r"Rs|kr|zł|Kč|Ft|lei|лв|руб|р|SFr|Fr|Dhs?|RM|Rp|Bs|KSh|TSh|USh|euros?|元|円|원|S/"
_CODES = "|".join((*ISO, *map(str.lower, ISO)))
_CURRENCY = rf"(?:{_DOLLARS}|(?:{_CODES}|(?i:{_WORDS}))\.?|\p{{Sc}})"

# What is done to a text that is not a plain number, in this order.
_SIGNS = (
    (r"[\x{00A0}\x{2007}\x{2009}\x{202F}]", " "),
    (r"[\x{2212}\x{2012}\x{2013}\x{2014}]", "-"),
    (r"\x{2019}", "'"),
    (r"^ +| +$", ""),
    (r"^-+$", ""),  # nothing
)
_CURRENCIES = (
    (rf"^([-+(]?) *(?:{_CURRENCY} *)+([-+(]?) *([\d.,'].*)$", r"\1\2\3"),
    (rf"^(.*\d[.,]?) *(-{{0,2}}\)?) *{_CURRENCY} *(-?\)?)$", r"\1\2\3"),
)
_MINUS = (
    (r"[.,]-+$", ""),  # 12,- is twelve
    (r"^([-+]) +", r"\1"),
    (r"^\(([^-()]*)\)$", r"-\1"),
    (r"^([^-+()]+?) ?-$", r"-\1"),
)
# Without both of these, in either order, there is no currency at a number.
_NUMBER, _SIGN = r"[\d.,']", r"[A-Za-z$\x{80}-\x{10FFFF}]"
_MAY_HAVE_CURRENCY = rf"(?s){_NUMBER}.*{_SIGN}|{_SIGN}.*{_NUMBER}"


def bare(texts: pa.Array) -> pa.Array:
    """Each text without its currency, and with a minus where it is negative: "AU $3,000.00" is "3,000.00", "(2.50)",
    "2.50-" and "−2.50" are "-2.50"; "--" is "". Other texts stay as they are.

    >>> bare(pa.array(["R$ 12,50", "$(2.50)", "12,50- EUR", "1\u202f234 kr.", "12 pcs"])).to_pylist()
    ['12,50', '-2.50', '-12,50', '1 234', '12 pcs']
    """
    texts = rewritten(texts, _SIGNS)
    if any_has(texts, _MAY_HAVE_CURRENCY):
        texts = rewritten(texts, _CURRENCIES)
    return rewritten(texts, _MINUS)


def currencies(texts: pa.Array) -> pa.Array:
    """The ISO code of the currency that stands before or after each number; "" where none stands there, or one that
    several countries use, such as "$" and "kr"."""
    if not any_has(texts, _MAY_HAVE_CURRENCY):
        return pa.array([""] * len(texts), pa.string())
    found = pc.extract_regex(
        texts, rf"^[-+( ]*(?P<before>{_CURRENCY}(?: ?\$)?)?[-+( ]*\d[^\p{{L}}\p{{Sc}}]*(?P<after>{_CURRENCY})?[-) ]*$"
    )
    written = [pc.fill_null(pc.struct_field(found, [at]), "") for at in (0, 1)]
    return codes_of(pc.if_else(pc.equal(written[0], ""), written[1], written[0]), other="")


def codes_of(texts: pa.Array, other: str | None = None) -> pa.Array:
    """The ISO code that each text means: "eur", "€" and "Euro" mean EUR. A text that means none stays, or becomes
    `other`."""
    known = {code.lower(): code for code in ISO} | ISO_OF
    codes = []
    for text in texts.to_pylist():
        plain = text.lower().replace(" ", "")
        code = known.get(plain) or known.get(plain.rstrip(".")) or known.get(plain.rstrip("$").rstrip("."))
        codes.append(code or (text.strip().upper() if other is None else other))
    return pa.array(codes, pa.string())

"""Which shape on a map a place's name means: a country by its ISO 3166-1 code of two letters, a U.S. state by "US-" and
its postal code.

Companies write USA, U.S., United States or Vereinigte Staaten; a name is looked up without case, accents and
punctuation among the codes, the names of the Unicode CLDR in twenty languages (by way of Babel), and the other names
below.
"""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from analytics.language import Message, in_language
from analytics.language import language as spoken

OTHER_LAND = "ZZ"  # the shape of land that has no code: never coloured

# Countries and territories that have a shape of their own: ISO code of two letters, of three.
ISO_CODES: dict[str, str] = {
    "africa": (
        "AO AGO BF BFA BI BDI BJ BEN BW BWA CD COD CF CAF CG COG CI CIV CM CMR CV CPV DJ DJI DZ DZA EG EGY EH ESH ER "
        "ERI ET ETH GA GAB GH GHA GM GMB GN GIN GQ GNQ GW GNB KE KEN KM COM LR LBR LS LSO LY LBY MA MAR MG MDG ML MLI "
        "MR MRT MU MUS MW MWI MZ MOZ NA NAM NE NER NG NGA RW RWA SC SYC SD SDN SH SHN SL SLE SN SEN SO SOM SS SSD ST "
        "STP SZ SWZ TD TCD TG TGO TN TUN TZ TZA UG UGA ZA ZAF ZM ZMB ZW ZWE"
    ),
    "asia": (
        "AE ARE AF AFG AM ARM AZ AZE BD BGD BH BHR BN BRN BT BTN CN CHN CY CYP GE GEO HK HKG ID IDN IL ISR IN IND IQ "
        "IRQ IR IRN JO JOR JP JPN KG KGZ KH KHM KP PRK KR KOR KW KWT KZ KAZ LA LAO LB LBN LK LKA MM MMR MN MNG MO MAC "
        "MV MDV MY MYS NP NPL OM OMN PH PHL PK PAK PS PSE QA QAT SA SAU SG SGP SY SYR TH THA TJ TJK TL TLS TM TKM TR "
        "TUR TW TWN UZ UZB VN VNM YE YEM"
    ),
    "europe": (
        "AD AND AL ALB AT AUT AX ALA BA BIH BE BEL BG BGR BY BLR CH CHE CZ CZE DE DEU DK DNK EE EST ES ESP FI FIN FO "
        "FRO FR FRA GB GBR GG GGY GI GIB GR GRC HR HRV HU HUN IE IRL IM IMN IS ISL IT ITA JE JEY LI LIE LT LTU LU LUX "
        "LV LVA MC MCO MD MDA ME MNE MK MKD MT MLT NL NLD NO NOR PL POL PT PRT RO ROU RS SRB RU RUS SE SWE SI SVN SK "
        "SVK SM SMR UA UKR VA VAT XK XKX"
    ),
    "north america": (
        "AG ATG AI AIA AW ABW BB BRB BL BLM BM BMU BS BHS BZ BLZ CA CAN CR CRI CU CUB CW CUW DM DMA DO DOM GD GRD GL "
        "GRL GT GTM HN HND HT HTI JM JAM KN KNA KY CYM LC LCA MF MAF MS MSR MX MEX NI NIC PA PAN PM SPM PR PRI SV SLV "
        "SX SXM TC TCA TT TTO US USA VC VCT VG VGB VI VIR"
    ),
    "oceania": (
        "AS ASM AU AUS CK COK FJ FJI FM FSM GU GUM KI KIR MH MHL MP MNP NC NCL NF NFK NR NRU NU NIU NZ NZL PF PYF PG "
        "PNG PN PCN PW PLW SB SLB TO TON TV TUV UM UMI VU VUT WF WLF WS WSM"
    ),
    "south america": "AR ARG BO BOL BR BRA CL CHL CO COL EC ECU FK FLK GY GUY PE PER PY PRY SR SUR UY URY VE VEN",
    "": "GS SGS HM HMD IO IOT TF ATF",
}

LANGUAGES = (
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "pl",
    "cs",
    "tr",
    "ja",
    "zh",
    "ko",
    "hi",
    "ar",
    "ru",
)

_WRITTEN_IN = {"nb": "no"}  # a language whose names stand in the file of another one
WITH_ARTICLE = frozenset({"AE", "BS", "CF", "DO", "GB", "GM", "IM", "KM", "MV", "NL", "PH", "US"})  # in English
OTHER_NAMES: dict[str, str] = {
    "AE": "UAE, Emirates",
    "BA": "Bosnia",
    "BN": "Brunei Darussalam",
    "BO": "Bolivia Plurinational State of",
    "CD": "DR Congo, DRC, Democratic Republic of the Congo, Congo Democratic Republic of the, Zaire",
    "CG": "Congo, Republic of the Congo, Congo Republic",
    "CI": "Ivory Coast, Cote d'Ivoire",
    "CN": "PR China, People's Republic of China, Mainland China",
    "CV": "Cape Verde, Cabo Verde",
    "CZ": "Czech Republic",
    "DE": "Federal Republic of Germany, BRD, West Germany",
    "FM": "Federated States of Micronesia",
    "GB": "UK, U.K., Great Britain, Britain, England, Scotland, Wales, Northern Ireland, "
    "United Kingdom of Great Britain and Northern Ireland",
    "GM": "The Gambia",
    "GR": "EL, Hellas",
    "HK": "Hong Kong, Hong Kong SAR",
    "IE": "Eire, Republic of Ireland",
    "IR": "Iran Islamic Republic of, Persia",
    "KP": "DPRK, Korea Democratic People's Republic of",
    "KR": "Korea, Republic of Korea, Korea Republic of, Korea South",
    "LA": "Lao PDR, Lao People's Democratic Republic",
    "MD": "Republic of Moldova, Moldova Republic of",
    "MK": "Macedonia, FYROM, Republic of North Macedonia",
    "MM": "Burma, Myanmar",
    "MO": "Macau, Macao",
    "NL": "Holland, The Netherlands",
    "PH": "Philippine Islands",
    "PS": "Palestine, State of Palestine, Palestine State of",
    "RU": "Russian Federation",
    "SX": "Sint Maarten (Dutch part)",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland",
    "TL": "East Timor",
    "TR": "Turkey, Turkiye",
    "TW": "Taiwan Province of China, Chinese Taipei, Republic of China",
    "TZ": "Tanzania United Republic of",
    "US": "U.S., U.S.A., America, United States of America, The United States, The States, US of A",
    "VA": "Holy See, Vatican",
    "VE": "Venezuela Bolivarian Republic of",
    "VN": "Viet Nam",
    "VI": "Virgin Islands U.S.",
    "VG": "Virgin Islands British",
}

STATE_NAMES: dict[str, str] = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia, Washington DC, Washington D.C., Federal District",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii, Hawai'i",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York, New York State",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington, Washington State",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}

CONTINENTS: dict[str, str] = {code: continent for continent, codes in ISO_CODES.items() for code in codes.split()[::2]}
CANADA = frozenset({"ca", "can", "canada"})
PROVINCE_NAMES: dict[str, str] = {
    "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba", "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador", "NS": "Nova Scotia", "NT": "Northwest Territories", "NU": "Nunavut",
    "ON": "Ontario", "PE": "Prince Edward Island", "QC": "Quebec", "SK": "Saskatchewan", "YT": "Yukon",
}  # fmt: skip
UNITED_STATES = frozenset({"us", "usa", "unitedstates", "unitedstatesofamerica"})
STATES: tuple[str, ...] = tuple(f"US-{code}" for code in sorted(STATE_NAMES))


def country_shape(name: str) -> str:
    """The shape of a country: "US" for USA or États-Unis; "" for a name that means none or has no shape."""
    return _countries().get(_plain(name), "")


def state_shape(name: str) -> str:
    """The shape of a U.S. state by its name or postal code, "US-OR"; "" for a name that means none."""
    return _states().get(_plain(name), "")


def state_name(country: str, code: str) -> str:
    """What a U.S. state or a Canadian province is called whose postal code stands for it: "Oregon" for OR in the USA,
    "Ontario" for ON in Canada; "" for anything else."""
    if _plain(country) in CANADA:
        return PROVINCE_NAMES.get(code, "")
    return STATE_NAMES[code].split(", ")[0] if code in STATE_NAMES and _plain(country) in UNITED_STATES else ""


def country_name(name: str) -> str:
    """What the viewer's language calls a country, by its code or its English name: United Kingdom for GB, Allemagne for
    Germany; the text itself where it is neither."""
    code = name if name in CONTINENTS or spoken() == "en" else _english().get(name, "")
    return _country_in(spoken(), code) if code in CONTINENTS else name


def in_sentence(name: str) -> str:
    """The name of a country, or its code, as it stands inside a sentence of the viewer's language: "the United States"
    for US; the text itself for any other place."""
    called = country_name(name)
    return f"the {called}" if spoken() == "en" and country_shape(name) in WITH_ARTICLE else called


class CountryName(Message):
    """A country as the data name it, which is written as `in_sentence` calls it."""

    __slots__ = ()

    def written(self, code: str) -> str:
        """The name in a language."""
        with in_language(code):
            return in_sentence(self.template)


@lru_cache(maxsize=64)
def _country_in(language: str, code: str) -> str:
    return _names_in(language).get(code, code)


@lru_cache(maxsize=1)
def _english() -> Mapping[str, str]:
    """English name → code."""
    return {name: code for code, name in _names_in("en").items() if code in CONTINENTS}


def continent_of(shapes: Iterable[str]) -> str:
    """The one continent on which all these countries lie; "" where they lie on several, or there are none."""
    found = {CONTINENTS.get(shape, "") for shape in shapes}
    return found.pop() if len(found) == 1 else ""


def _plain(name: str) -> str:
    """A name without case, accents, punctuation and a leading article: "Côte d’Ivoire" is "cotedivoire"."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = re.sub(r"\W+", " ", re.sub(r"['’.]", "", letters).replace("&", " and ")).split()
    return "".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Plain name → code. What two languages call two countries belongs to the earlier language; our own names win."""
    found: dict[str, str] = {}
    for language in reversed(LANGUAGES):
        names = _names_in(language)
        found |= {_plain(names[code]): code for code in CONTINENTS if code in names}
    for codes in ISO_CODES.values():
        words = codes.split()
        for two, three in zip(words[::2], words[1::2], strict=True):
            found |= {two.casefold(): two, three.casefold(): two}
    return found | {_plain(name): code for code, names in OTHER_NAMES.items() for name in names.split(", ")}


def _names_in(language: str) -> Mapping[str, str]:
    """The names of countries in a language. They are read from Babel's own file: its Locale would keep all else that
    it knows of the language, a megabyte of each."""
    from babel import localedata

    with Path(localedata.resolve_locale_filename(_WRITTEN_IN.get(language, language))).open("rb") as file:
        names: Mapping[str, str] = pickle.load(file)["territories"]
    return names


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    named = {_plain(name): f"US-{code}" for code, names in STATE_NAMES.items() for name in names.split(", ")}
    return named | {code.casefold(): f"US-{code}" for code in STATE_NAMES}

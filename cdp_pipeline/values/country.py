"""Countries: a name or code -> the ISO 3166-1 alpha-2 code; and from that the alpha-3 code.

Names come from pycountry: English, Vietnamese and then the other languages it is translated into, with further
spellings added here. `entities/` declares which columns hold a country, and which words state that none is known.
"""

import gettext
import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from unicodedata import category, normalize

import polars as pl
import pycountry

from cdp_pipeline.entities.rules import NO_COUNTRY

# Spellings that neither pycountry nor its translation has.
_SPELLINGS: Final = {
    "VN": (
        "Việt Nam",
        "Vietnam",
        "Viet-Nam",
        "Việt",
        "Nước Việt Nam",
        "CHXHCN Việt Nam",
        "Cộng hòa xã hội chủ nghĩa Việt Nam",
    ),
    "US": (
        "Mỹ",
        "Hoa Kỳ",
        "Hợp chủng quốc Hoa Kỳ",
        "U.S.",
        "U.S.A.",
        "USA",
        "United States of America",
        "America",
        "アメリカ",
        "EE.UU.",
    ),
    "GB": (
        "Anh",
        "Anh Quốc",
        "Vương quốc Anh",
        "UK",
        "U.K.",
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
    ),
    "KR": ("Hàn Quốc", "Hàn", "Đại Hàn Dân Quốc", "Korea", "South Korea", "Republic of Korea", "Korea (South)", "한국"),
    "KP": ("Triều Tiên", "Bắc Triều Tiên", "North Korea", "Korea (North)"),
    "CD": ("Congo (Kinshasa)", "DR Congo"),
    "JP": ("Nhật Bản", "Nhật"),
    "CN": ("Trung Quốc", "Trung Hoa", "PRC", "Mainland China", "People's Republic of China"),
    "TW": ("Đài Loan", "Taiwan"),
    "HK": ("Hồng Kông", "Hong Kong SAR"),
    "MO": ("Ma Cao", "Macau", "Macao SAR"),
    "SG": ("Xin-ga-po", "Sing-ga-po"),
    "TH": ("Thái Lan", "Thái", "ประเทศไทย"),
    "KH": ("Campuchia", "Cam-pu-chia"),
    "LA": ("Lào", "Laos"),
    "MY": ("Ma-lai-xi-a", "Mã Lai"),
    "ID": ("In-đô-nê-xi-a", "Indonesia"),
    "PH": ("Phi-líp-pin", "Philippin", "Philippines", "The Philippines"),
    "MM": ("Mi-an-ma", "Miến Điện", "Burma"),
    "IN": ("Ấn Độ",),
    "AU": ("Úc", "Ô-xtrây-li-a"),
    "NZ": ("Niu Di-lân", "Tân Tây Lan"),
    "RU": ("Nga", "Liên bang Nga", "Russia", "Россия"),
    "DE": ("Đức",),
    "FR": ("Pháp",),
    "IT": ("Ý", "Italia"),
    "ES": ("Tây Ban Nha",),
    "PT": ("Bồ Đào Nha",),
    "NL": ("Hà Lan", "Holland", "The Netherlands"),
    "BE": ("Bỉ",),
    "AT": ("Áo",),
    "CH": ("Thụy Sĩ", "Thụy Sỹ"),
    "SE": ("Thụy Điển",),
    "NO": ("Na Uy",),
    "DK": ("Đan Mạch",),
    "FI": ("Phần Lan",),
    "PL": ("Ba Lan",),
    "CZ": ("Séc", "Cộng hòa Séc", "Czech Republic"),
    "TR": ("Thổ Nhĩ Kỳ", "Turkey"),
    "AE": ("UAE", "U.A.E."),
    "BR": ("Bra-xin",),
    "CA": ("Ca-na-đa",),
}

# In order of precedence, for names that are neither English nor Vietnamese: a name of two countries means that of the
# first language.
_LANGUAGES: Final = (
    *("zh_CN", "zh_TW", "ko", "ja", "th", "km", "lo", "id", "ms", "fr", "de", "es", "ru", "it", "pt", "nl"),
    *("pl", "uk", "tr", "ar", "hi", "sv"),
)
_LONGEST: Final = 100
_CODE = re.compile(r"[A-Z]{2}")
_BETWEEN = re.compile(r"[()\[\]/|]|\s[-–—]\s")
_ACCENTS = re.compile("[\u0300-\u036f]")


def country_codes(texts: pl.Series) -> pl.Series:
    """The alpha-2 code of each text; null if it is blank or no country is recognised."""
    distinct = texts.drop_nulls().unique()
    codes = {text: code for text in distinct if (code := country_code(text)) is not None}
    return texts.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.String)


def alpha_3_codes(alpha_2: pl.Expr) -> pl.Expr:
    """The alpha-3 code of each alpha-2 code; null for null and for unknown codes."""
    return alpha_2.replace_strict(_of_codes("alpha_3"), default=None, return_dtype=pl.String())


def country_names(alpha_2: pl.Expr) -> pl.Expr:
    """ISO's English short name of each alpha-2 code, such as Viet Nam; null for null and for unknown codes."""
    return alpha_2.replace_strict(_of_codes("name"), default=None, return_dtype=pl.String())


def country_code(text: str) -> str | None:
    """The alpha-2 code of one text, or None.

    A code of two upper-case letters is that code, whatever else it could mean: NA is Namibia, N/A and na are not
    available. Accents are ignored only if no name matches with them, because Vietnamese names without accents are other
    countries' codes: Mỹ is the United States, MY is Malaysia. A name beside a code or another name, such as United
    States (US), is one country if both mean the same or only one is known.
    """
    if len(text) > _LONGEST:
        return None
    if (whole := _known(text)) is not None or _is_no_country(text):
        return whole
    parts = [part for part in _BETWEEN.split(text) if _key(part)]
    known = [_known(part) for part in parts]
    if len(parts) < 2 or None in known:
        if (foreign := _known_in_other_languages(text)) is not None:
            return foreign
        known = [code or _known_in_other_languages(part) for code, part in zip(known, parts, strict=True)]
    found = {code for code in known if code is not None}
    return found.pop() if len(found) == 1 else None


def _known(text: str) -> str | None:
    """The country that a text means in English or Vietnamese, or None."""
    key, names = _key(text), _names()
    if _CODE.fullmatch(text.strip()) and (code := _codes().get(key)) is not None:
        return code
    if key.isascii():
        return None if key in NO_COUNTRY else _codes().get(key) or names.get(key) or _plain_names().get(key)
    return names.get(key) or (None if _is_no_country(text) else _plain_names().get(_plain(key)))


def _is_no_country(text: str) -> bool:
    return _plain(_key(text)) in NO_COUNTRY


def _known_in_other_languages(text: str) -> str | None:
    """The country that a text means in a language other than English and Vietnamese, or None."""
    key = _plain(_key(text))
    if _is_no_country(text):
        return None
    return next((code for language in _LANGUAGES if (code := _names_in(language).get(key)) is not None), None)


@cache
def _codes() -> dict[str, str]:
    """ISO's codes of two and three letters, in lower case."""
    return {
        code.lower(): country.alpha_2 for country in pycountry.countries for code in (country.alpha_2, country.alpha_3)
    }


@cache
def _names() -> dict[str, str]:
    """Codes by name in English and Vietnamese; ISO's names win over `_SPELLINGS`."""
    known: dict[str, str] = {}
    for name, code in _spelled_names():
        known.setdefault(_key(name), code)
    return known


@cache
def _plain_names() -> dict[str, str]:
    """The same without accents."""
    known: dict[str, str] = {}
    for name, code in _names().items():
        known.setdefault(_plain(name), code)
    return known


@cache
def _names_in(language: str) -> dict[str, str]:
    """Codes by name without accents in one language, read on first use, as reading a language takes some 20 ms."""
    known: dict[str, str] = {}
    for name, code in _translated_names(language):
        known.setdefault(_plain(_key(name)), code)
    return known


@cache
def _of_codes(attribute: str) -> dict[str, str]:
    """One attribute of every country by its alpha-2 code."""
    return {country.alpha_2: getattr(country, attribute) for country in pycountry.countries}


def _iso_names() -> Iterator[tuple[str, str]]:
    """ISO's English names of every country with its code, the short ones first."""
    for attribute in ("name", "common_name", "official_name"):
        for country in pycountry.countries:
            if (name := getattr(country, attribute, None)) is not None:
                yield name, country.alpha_2


def _spelled_names() -> Iterator[tuple[str, str]]:
    """Every English and Vietnamese name of every country with its code, the most reliable first."""
    yield from _iso_names()
    for code, names in _SPELLINGS.items():
        for name in names:
            yield name, code
    yield from _translated_names("vi")


def _translated_names(language: str) -> Iterator[tuple[str, str]]:
    translation = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
    for name, code in _iso_names():
        yield translation.gettext(name), code


def _key(text: str) -> str:
    """A text in NFC and lower case, without spaces and punctuation."""
    folded = normalize("NFC", text).casefold()
    # In Thai, Khmer and Hindi vowels are marks.
    return "".join(letter for letter in folded if letter.isalnum() or category(letter).startswith("M"))


def _plain(key: str) -> str:
    """A key without the accents of Latin letters."""
    return normalize("NFC", _ACCENTS.sub("", normalize("NFKD", key))).replace("đ", "d")

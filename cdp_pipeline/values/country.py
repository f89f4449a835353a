"""Countries: a name or code in English or Vietnamese -> the ISO 3166-1 alpha-2 code; and from that the alpha-3 code.

Names come from pycountry and its Vietnamese translation, with the spellings that people use added here. Which columns
hold a country stands in `entities/`.
"""

import gettext
import re
from collections.abc import Iterator
from functools import cache
from typing import Final
from unicodedata import combining, normalize

import polars as pl
import pycountry

# What people write and neither pycountry nor its translation has.
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
    "US": ("Mỹ", "Hoa Kỳ", "Hợp chủng quốc Hoa Kỳ", "U.S.", "U.S.A.", "USA", "United States of America", "America"),
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
    "KR": ("Hàn Quốc", "Hàn", "Đại Hàn Dân Quốc", "Korea", "South Korea", "Republic of Korea"),
    "KP": ("Triều Tiên", "Bắc Triều Tiên", "North Korea"),
    "JP": ("Nhật Bản", "Nhật"),
    "CN": ("Trung Quốc", "Trung Hoa", "PRC", "Mainland China", "People's Republic of China"),
    "TW": ("Đài Loan", "Taiwan"),
    "HK": ("Hồng Kông", "Hong Kong SAR"),
    "MO": ("Ma Cao", "Macau", "Macao SAR"),
    "SG": ("Xin-ga-po", "Sing-ga-po"),
    "TH": ("Thái Lan", "Thái"),
    "KH": ("Campuchia", "Cam-pu-chia"),
    "LA": ("Lào", "Laos"),
    "MY": ("Ma-lai-xi-a", "Mã Lai"),
    "ID": ("In-đô-nê-xi-a", "Indonesia"),
    "PH": ("Phi-líp-pin", "Philippin", "Philippines", "The Philippines"),
    "MM": ("Mi-an-ma", "Miến Điện", "Burma"),
    "IN": ("Ấn Độ",),
    "AU": ("Úc", "Ô-xtrây-li-a"),
    "NZ": ("Niu Di-lân", "Tân Tây Lan"),
    "RU": ("Nga", "Liên bang Nga", "Russia"),
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


def country_codes(texts: pl.Series) -> pl.Series:
    """The alpha-2 code of each text, or null where it is blank or no country is recognised."""
    distinct = texts.drop_nulls().unique()
    codes = {text: code for text in distinct if (code := country_code(text)) is not None}
    return texts.replace_strict(list(codes), list(codes.values()), default=None, return_dtype=pl.String)


def alpha_3_codes(alpha_2: pl.Expr) -> pl.Expr:
    """The alpha-3 code of each alpha-2 code; null for null and for what is none."""
    return alpha_2.replace_strict(_of_codes("alpha_3"), default=None, return_dtype=pl.String())


def country_names(alpha_2: pl.Expr) -> pl.Expr:
    """ISO's English short name of each alpha-2 code, such as Viet Nam; null for null and for what is none."""
    return alpha_2.replace_strict(_of_codes("name"), default=None, return_dtype=pl.String())


def country_code(text: str) -> str | None:
    """The alpha-2 code of one text, or null.

    Accents count first and are ignored only then, because Vietnamese names without them are other countries' codes:
    Mỹ is the United States, MY is Malaysia.
    """
    with_accents, without = _names()
    exact = _key(text)
    return with_accents.get(exact) or without.get(_plain(exact))


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """Codes by name: as spelled, and without accents. Codes win over names, ISO's names over ours."""
    spelled: dict[str, str] = {}
    plain: dict[str, str] = {}
    for name, code in _spelled_names():
        spelled.setdefault(_key(name), code)
        plain.setdefault(_plain(_key(name)), code)
    return spelled, plain


@cache
def _of_codes(attribute: str) -> dict[str, str]:
    """One attribute of every country by its alpha-2 code."""
    return {country.alpha_2: getattr(country, attribute) for country in pycountry.countries}


def _spelled_names() -> Iterator[tuple[str, str]]:
    """Every name of every country with its code, the surest first."""
    vietnamese = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=["vi"], fallback=True)
    for attribute in ("alpha_2", "alpha_3", "name", "common_name", "official_name"):
        for country in pycountry.countries:
            if (name := getattr(country, attribute, None)) is not None:
                yield name, country.alpha_2
    for code, names in _SPELLINGS.items():
        for name in names:
            yield name, code
    for country in pycountry.countries:
        yield vietnamese.gettext(country.name), country.alpha_2


def _key(text: str) -> str:
    """A text composed, in lower case, without spaces and punctuation."""
    return re.sub(r"[\W_]+", "", normalize("NFC", text).casefold())


def _plain(key: str) -> str:
    """A key without accents."""
    bare = "".join(letter for letter in normalize("NFKD", key) if not combining(letter))
    return bare.replace("đ", "d")

"""Phones: any spelling -> E.164, by the rules of the phonenumbers library.

An expression decides the spellings of Vietnamese numbers that it decides exactly, because the library costs thirty
times as much; every other distinct value goes through the library. Vietnam's change of 2018 from eleven digits to ten
is applied by both, so an old and a new spelling of one number are equal. Digits that are masked make a number
unusable. Which columns are phones stands in `entities/`, the country of a row in `country.py`.
"""

import re
from functools import cache
from typing import Final
from unicodedata import normalize

import phonenumbers
import polars as pl

VIETNAM: Final = "VN"
_VIETNAM_CODE: Final = 84

# The operators' table of September 2018, by national number without the leading 0.
# Only these 21 prefixes were ever in use; the rest of 018x and 019x was not.
_PREFIX_SINCE_2018: Final = {
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    "162": "32",
    "163": "33",
    "164": "34",
    "165": "35",
    "166": "36",
    "167": "37",
    "168": "38",
    "169": "39",
    "186": "56",
    "188": "58",
    "199": "59",
}
_OLD_LENGTH: Final = 10
_OLD_PREFIX: Final = 3

# Two numbers of six digits and something between them.
_SHORTEST_PAIR: Final = 13
_UNUSUAL: Final = r"[^0-9 .()+-]"

_CELL: Final = ("number", "region")
_PUNCTUATED: Final = r"^[ (]*\+?[0-9][0-9 .()-]{6,24}$"

_EXTENSION = re.compile(r"(?<![xX])(?:ext(?:ensi[oó]n?|n)?\.?|x)\s*[:.]?\s*\d{1,7}\s*$", re.IGNORECASE)
_MASK = re.compile(r"[*＊•●×]|(?<![^\W\d_])[xXｘＸ]+(?![^\W\d_])")
_BETWEEN: Final = r"(?i)[/\\;,|&\r\n]+|\b(?:hoặc|hoac|or|và|and)\b"
_SEVERAL = re.compile(_BETWEEN)
_NUMBER_AS_DECIMAL = re.compile(r"(\d{8,13})\.0+")


def normalize_phones(numbers: pl.Series, regions: pl.Series | None, default_region: str) -> pl.Series:
    """Each number in E.164 form, or null where it is blank, masked or not a valid number.

    A cell with several numbers gives the first usable one.

    Args:
        numbers: Phones as sent.
        regions: The ISO alpha-2 country of each row, for numbers without a country code; null where it is not known.
        default_region: The country where `regions` says nothing.
    """
    cells = _cells(numbers, regions, default_region)
    decided = _decided_phones(cells["number"], cells["region"])
    places = (cells["number"].is_not_null() & decided.is_null()).arg_true()
    undecided = cells[places]
    # Python per distinct value: the library knows one number at a time.
    distinct = undecided.unique()
    first = [next(iter(_usable_phones(number, region)), None) for number, region in distinct.iter_rows()]
    answers = distinct.with_columns(pl.Series("answer", first, dtype=pl.String))
    found = undecided.join(answers, on=_CELL, how="left", maintain_order="left")["answer"]
    return decided.scatter(places, found).alias(numbers.name)


def further_phones(numbers: pl.Series, regions: pl.Series | None, default_region: str) -> pl.Series:
    """The usable numbers of each cell behind the first one; null where there are none, as nearly everywhere.

    Only cells that hold something between numbers are read again. The arguments are those of `normalize_phones`.
    """
    places = _places_of_several(numbers)
    if places.is_empty():
        return pl.Series(numbers.name, [None], dtype=pl.List(pl.String)).new_from_index(0, numbers.len())
    cells = all_phones(numbers.gather(places), None if regions is None else regions.gather(places), default_region)
    further = pl.DataFrame({"place": places, "further": cells.list.slice(1)}).filter(pl.col("further").list.len() > 0)
    every = pl.select(place=pl.int_range(numbers.len(), dtype=pl.UInt32))
    return every.join(further, on="place", how="left", maintain_order="left")["further"].alias(numbers.name)


def _places_of_several(numbers: pl.Series) -> pl.Series:
    """The places of cells that may hold several numbers; each test is made only where a cheaper one held."""
    places = (numbers.str.len_bytes() >= _SHORTEST_PAIR).fill_null(value=False).arg_true()
    places = places.filter(numbers.gather(places).str.contains(_UNUSUAL))
    return places.filter(numbers.gather(places).str.normalize("NFC").str.contains(_BETWEEN))


def all_phones(numbers: pl.Series, regions: pl.Series | None, default_region: str) -> pl.Series:
    """The usable numbers of each cell in E.164 form, in order of appearance and without repetition.

    Null stays null; a cell without a usable number gives an empty list. The arguments are those of `normalize_phones`.
    """
    cells = _cells(numbers, regions, default_region)
    distinct = cells.filter(pl.col("number").is_not_null()).unique()
    lists = [_usable_phones(number, region) for number, region in distinct.iter_rows()]
    answers = distinct.with_columns(pl.Series("answer", lists, dtype=pl.List(pl.String)))
    return cells.join(answers, on=_CELL, how="left", maintain_order="left")["answer"].alias(numbers.name)


def _cells(numbers: pl.Series, regions: pl.Series | None, default_region: str) -> pl.DataFrame:
    """One row per cell: the number and the country it is read in."""
    if regions is None:
        return pl.select(number=numbers, region=pl.lit(default_region))
    return pl.select(number=numbers, region=regions.fill_null(default_region))


def _decided_phones(numbers: pl.Series, regions: pl.Series) -> pl.Series:
    """The E.164 form where the spelling alone settles it; null for whatever must be asked of the library."""
    pattern = _vietnamese_pattern()
    national = numbers.str.extract(pattern)
    punctuated = (national.is_null() & numbers.str.contains(_PUNCTUATED)).arg_true()
    national = national.scatter(
        punctuated, numbers.gather(punctuated).str.replace_all(r"[ .()-]", "").str.extract(pattern)
    )
    dialled_from_home = (regions == VIETNAM) | numbers.str.contains(r"^[ (]*\+")
    national = national.set(~dialled_from_home, None)
    old = (national.str.len_bytes() == _OLD_LENGTH) & national.str.starts_with("1")
    if old.any():
        places = old.arg_true()
        numbers_before = national.gather(places)
        prefixes = numbers_before.str.slice(0, _OLD_PREFIX).replace_strict(_PREFIX_SINCE_2018)
        national = national.scatter(places, prefixes + numbers_before.str.slice(_OLD_PREFIX))
    return f"+{_VIETNAM_CODE}" + national


@cache
def _vietnamese_pattern() -> str:
    """A pattern that captures the national number of a valid Vietnamese one, with or without the country code.

    Built from the library's own tables on first use, so that both ways of reading a number agree by construction.
    """
    plan = phonenumbers.PhoneMetadata.metadata_for_region(VIETNAM)
    kinds = (plan.mobile, plan.fixed_line) if plan is not None else ()
    current = (kind.national_number_pattern for kind in kinds if kind is not None)
    old = f"(?:{'|'.join(_PREFIX_SINCE_2018)})[0-9]{{7}}"
    valid = "|".join(f"(?:{pattern})" for pattern in (*current, old)).replace(r"\d", "[0-9]")
    return rf"^(?:\+84|0084|84)?0?({valid})$"


def _usable_phones(cell: str, region: str) -> list[str]:
    """The usable numbers of one cell, by the library.

    A cell that reads as one number is one number: a slash may separate the area code. Only otherwise, or when what
    follows was taken for an extension, are its parts read one by one.
    """
    whole = _read(cell, region)
    if whole is not None and not whole.extension:
        return [_e164(whole)]
    parts = _SEVERAL.split(normalize("NFC", cell))
    numbers = [whole, *(_read(part, region) for part in parts)] if len(parts) > 1 else [whole]
    found = [number for number in numbers if number is not None]
    if not found and (spreadsheet := _NUMBER_AS_DECIMAL.fullmatch(cell.strip())):
        # A column with gaps is exported as decimals by some tools: 912345678.0.
        found = [number for number in (_read(spreadsheet[1], region),) if number is not None]
    return list(dict.fromkeys(_e164(number) for number in found))


def _read(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    """The valid number that a text spells, or null."""
    if _MASK.search(_EXTENSION.sub("", text)):
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    if number.country_code == _VIETNAM_CODE and len(national) == _OLD_LENGTH and national[:3] in _PREFIX_SINCE_2018:
        number.national_number = int(_PREFIX_SINCE_2018[national[:3]] + national[3:])
    return number if phonenumbers.is_valid_number(number) else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

"""A reason as an officer typed it -> the reason as the log keeps it for good, without what it states of the person.

Masked are e-mail addresses, all numbers of three digits or more, dates, ids, and the words of what is known of the
person, without case and accents. Where it is not known who the person is any more, every capitalised word is.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from unicodedata import normalize

import polars as pl

from cdp_pipeline.current import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import Table
from cdp_pipeline.privacy.person_rows import PersonRows
from cdp_pipeline.values.mask import HIDDEN, mask_email, mask_text
from cdp_pipeline.values.person_name import folded_text

_SHORTEST: Final = 2
"""A single letter or digit of a name or address is not searched for, as every text has it."""

_MONTH: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|"
    r"october|november|december)\b\.?"
)
_TOKEN: Final = re.compile(
    r"(?P<request>\br-[0-9a-f]{10}\b)"
    r"|(?P<email>[^\s/@<>(),;]+@[^\s/@<>(),;]+)"
    rf"|(?P<date>\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}|\b{_MONTH}\s+\d+|\b(?:ngày|tháng|năm)\s+\d+)"
    r"|(?P<id>(?<!\w)(?=[\w-]*[^\W\d_])(?=(?:[\w-]*?\d){3})[\w-]+)"
    r"|(?P<number>\+?\(?\d(?:[ .,/()_-]{0,2}\d){2,})"
    r"|(?P<word>[^\W_]+)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_]+")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DIGIT: Final = re.compile(r"\d")


def impersonal(reason: str, known: Iterable[str]) -> str:
    """The reason without personal values: words as their first letter, digits as #.

    Ids of requests stay, as they name no person.

    Args:
        reason: What was typed.
        known: What is known of the person, see `texts_of_person`. Empty where nothing is known any more.
    """
    plain = _INVISIBLE.sub("", normalize("NFC", reason))
    of_person = {word for text in known for word in _WORD.findall(text)}
    # A word may begin within another one, behind a number that is masked for itself.
    words = _folded({found[0] for found in _TOKEN.finditer(plain) if found.lastgroup == "word"} | of_person)
    own = {words[word] for word in of_person if len(word) >= _SHORTEST}

    def masked(found: re.Match[str]) -> str:
        text = found[0]
        match found.lastgroup:
            case "request":
                return text
            case "email":
                return mask_email(text) or ""
            case "id":
                return HIDDEN
            case "word" if words[text] in own or (not own and text[0].isupper()):
                return mask_text(text) or ""
        return _DIGIT.sub("#", text) if found.lastgroup in ("date", "number") else text

    return _TOKEN.sub(masked, plain)


def texts_of_person(rows: PersonRows, tables: Sequence[Table], entities: Sequence[Entity]) -> set[str]:
    """What the rows of a person hold in personal columns: names, contacts, ids, places; no free text and no JSON.

    Args:
        rows: The person's rows.
        tables: The published tables.
        entities: The entities of the records.
    """
    found: set[str] = set()
    named = [(table, rows.tables.get(table.name, ())) for table in tables]
    named += [(current_table(entity), rows.records.get(entity.object_type, ())) for entity in entities]
    for table, of_table in named:
        own = [
            c.name for c in table.columns if c.personal and not c.free_text and not (c.json and c.dtype == pl.String)
        ]
        for row in of_table:
            for value in (row.get(name) for name in own):
                found.update(text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))
    return {normalize("NFC", text) for text in found if not text.startswith("{")}


def _folded(words: Collection[str]) -> dict[str, str]:
    """Each word in lower case without accents."""
    frame = pl.DataFrame({"word": sorted(words)}, schema={"word": pl.String})
    return dict(frame.select("word", folded=folded_text(pl.col("word"))).iter_rows())

"""JSON text + numbers of entries -> the text without these entries, all other characters as they are.

Texts are cut between the places at which values begin and end, and never written again, so that numbers, escapes and
spaces of other entries stay as their sender wrote them.
"""

import json
import re
from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from typing import Final

from cdp_pipeline.ingest.envelope_rules import PAGE_KEYS

_DECODER: Final = json.JSONDecoder()
_BLANK: Final = re.compile(r"[ \t\n\r]*")

Span = tuple[int, int]


class UnfaithfulError(Exception):
    """A file cannot be written without some of its entries while all else stays; the message gives the reason."""


def without_entries(text: str, numbers: Collection[int], *, comes_in_pages: bool) -> str | None:
    """One JSON text without entries of its envelope; None if nothing is left of it.

    A page of a list keeps its frame, as the page, also one without entries, shows whether the list is complete.

    Args:
        text: An entry, an envelope, or a page.
        numbers: The entries, from 1.
        comes_in_pages: Whether the entity is sent in pages of a list.

    Raises:
        UnfaithfulError: The text is no JSON.
    """
    found = _list_of(text, comes_in_pages=comes_in_pages)
    if found is None or found.whole is None:
        return None
    if set(numbers) >= set(range(1, len(found.spans) + 1)) and not found.is_page:
        return None
    start, end = found.whole
    return text[:start] + _without(text, found.whole, found.spans, dict.fromkeys(numbers)) + text[end:]


def without_elements(text: str, rows: Container[int], *, comes_in_pages: bool) -> str | None:
    """A document without entries: an array of texts, or one text; None if it is neither.

    Args:
        text: The whole document.
        rows: The numbers of the entries, which count through all texts of the document, from 1.
        comes_in_pages: Whether the entity is sent in pages of a list.
    """
    start = _after_blank(text, 0)
    is_array = text[start : start + 1] == "["
    try:
        spans, end = _elements(text, start) if is_array else ([(start, _end(text, start))], _end(text, start))
    except UnfaithfulError:
        return None
    if text[end:].strip(" \t\n\r"):
        return None
    changed: dict[int, str | None] = {}
    count = 0
    for number, (begins, ends) in enumerate(spans, start=1):
        own = text[begins:ends]
        found = _list_of(own, comes_in_pages=comes_in_pages)
        entries = len(found.spans) if found else 1
        if numbers := [entry for entry in range(1, entries + 1) if count + entry in rows]:
            changed[number] = without_entries(own, numbers, comes_in_pages=comes_in_pages)
        count += entries
    if is_array:
        return text[:start] + _without(text, (start, end), spans, changed) + text[end:]
    left = changed.get(1, text[start:end])
    return "" if left is None else text[:start] + left + text[end:]


@dataclass(frozen=True)
class _List:
    """The list of an envelope or page: where it lies (None if a page has none), its elements, and which of both."""

    whole: Span | None
    spans: list[Span]
    is_page: bool


def _list_of(text: str, *, comes_in_pages: bool) -> _List | None:
    """The list of an envelope or page; None if the text is an entry, or an envelope without a list."""
    start = _after_blank(text, 0)
    if text[start : start + 1] != "{":
        return None
    members = _members(text, start)
    is_page = comes_in_pages and bool(members) and not members.keys() - set(PAGE_KEYS)
    whole = members.get("leads" if is_page else "entries")
    if whole is not None and text[whole[0]] == "[":
        return _List(whole, _elements(text, whole[0])[0], is_page)
    # Of a page, an empty list may be left out.
    return _List(None, [], is_page) if is_page and whole is None else None


def _without(text: str, whole: Span, spans: list[Span], changed: Mapping[int, str | None]) -> str:
    """An array with some elements changed, or left out with the comma before them."""
    start, end = whole
    if not spans:
        return text[start:end]
    kept = [number for number in range(1, len(spans) + 1) if changed.get(number, "") is not None]
    parts = [text[start : spans[0][0]]]
    for place, number in enumerate(kept):
        begins, ends = spans[number - 1]
        if place:
            parts.append(text[spans[number - 2][1] : begins])
        parts.append(changed.get(number) or text[begins:ends])
    return "".join([*parts, text[spans[-1][1] : end]])


def _members(text: str, at: int) -> dict[str, Span]:
    """By key, where the values of the object at a place lie; of a repeated key the last."""
    members: dict[str, Span] = {}

    def member(place: int) -> int:
        key, place = _value(text, place)
        place = _after_blank(text, place)
        if not isinstance(key, str) or text[place : place + 1] != ":":
            raise UnfaithfulError("it is no JSON")
        begins = _after_blank(text, place + 1)
        members[key] = (begins, _end(text, begins))
        return members[key][1]

    _each(text, at, "}", member)
    return members


def _elements(text: str, at: int) -> tuple[list[Span], int]:
    """Where the elements of the array at a place lie, and where it ends."""
    spans: list[Span] = []

    def element(place: int) -> int:
        spans.append((place, _end(text, place)))
        return spans[-1][1]

    return spans, _each(text, at, "]", element)


def _each(text: str, at: int, closing: str, item: Callable[[int], int]) -> int:
    """Call for each item of the object or array at a place; returns where that ends."""
    place = _after_blank(text, at + 1)
    if text[place : place + 1] == closing:
        return place + 1
    while True:
        place = _after_blank(text, item(place))
        sign = text[place : place + 1]
        if sign == closing:
            return place + 1
        if sign != ",":
            raise UnfaithfulError("it is no JSON")
        place = _after_blank(text, place + 1)


def _end(text: str, at: int) -> int:
    return _value(text, at)[1]


def _value(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        raise UnfaithfulError("it is no JSON") from None


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found is not None, "blanks may be none"
    return found.end()

"""Parse one JSON entry at a time, strictly and with every digit; this module defines what the fast reader returns.

JSON text -> cells, custom fields and unknown keys, or the reason why it cannot be read. Slower than `entries.py` by an
order of magnitude, so it is used for damaged or unusual entries and for entities with nested columns.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import orjson

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import UnreadableEntryError
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.cell_text import number_with_three_decimals
from cdp_pipeline.ingest.field_names import FieldNames, Meaning, field_names, shown_name

MAX_NESTING = 200
"""Deeper nesting is no customer data and would exhaust the stack of a parser."""

_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?')
_BRACKET = re.compile(r"[\[\]{}]")
_JSON_TYPES = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "null"}


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


@dataclass
class Entry:
    """The parsed content of one entry.

    Attributes:
        cells: Text by column; columns that are missing or sent as null are left out.
        structured: Scalar columns whose cell was sent as a list or object.
        custom_fields: Custom fields by container.
        extra: Values of unknown keys; those of nested objects by their dotted path.
    """

    cells: dict[str, str] = field(default_factory=dict)
    structured: list[str] = field(default_factory=list)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


def parse(raw: str, *, keep_doubled: bool = False) -> Any:
    """Parse a JSON text; numbers become `Number`.

    NUL characters become U+FFFD, because databases cannot store NUL in text.

    Args:
        raw: The text.
        keep_doubled: Keep an object with a duplicate key as JSON instead of raising; its entry is parsed again later.

    Raises:
        UnreadableEntryError: It is not JSON, an object has a duplicate key, or it is nested too deeply.
    """
    if _nesting(raw) > MAX_NESTING:
        raise UnreadableEntryError(f"It is nested more than {MAX_NESTING} deep.")
    try:
        text = _NUL.sub("\\1\\\\ufffd", raw) if "\\u0000" in raw else raw
        value = (_KEEPING_DECODER if keep_doubled else _DECODER).decode(text)
        as_json(value)
    except json.JSONDecodeError as error:
        raise UnreadableEntryError(f"It is not JSON: {error.msg} at character {error.pos + 1}.") from error
    except orjson.JSONEncodeError as error:
        raise UnreadableEntryError("It is not JSON: a text contains half of a surrogate pair.") from error
    return value


def as_object(members: dict[str, Any]) -> str | None:
    """A JSON object of parsed values in order of their keys; None if there are none."""
    return as_json(dict(sorted(members.items()))) if members else None


def as_json(value: Any) -> str:
    """The JSON text of a parsed value, numbers as they were written."""
    return orjson.dumps(value, default=_as_written, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()


def as_cell(value: Any) -> str | None:
    """A parsed value as the text of a cell: texts and numbers as sent, other values as JSON, None as None."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return as_json(value)


def read_entry(raw: str, entity: Entity, bounds: Bounds = USUAL) -> Entry:
    """Parse the JSON text of one record of an entity.

    Raises:
        UnreadableEntryError: It cannot be parsed, is no object, or has too many keys.
    """
    value = parse(raw)
    if raw.count(":") > bounds.max_columns and (keys := _key_count(value)) > bounds.max_columns:
        raise UnreadableEntryError(str(bounds.too_wide(keys, f"It has {keys:,} keys")))
    if not isinstance(value, dict):
        found = "number" if isinstance(value, Number) else _JSON_TYPES[type(value)]
        raise UnreadableEntryError(f"It is a JSON {found}; expected an object, one entry.")
    names = field_names(entity)
    candidates: dict[str, list[tuple[Meaning, str, Any]]] = {}
    entry = Entry()
    _sort_keys(value, "", names, candidates, entry)
    for column, sent in candidates.items():
        # If several keys mean one column, the closest spelling is used; the others are kept as unknown keys.
        (_, _, best), *others = sorted(sent, key=lambda candidate: candidate[0].rank)
        text = as_cell(best) or ""
        if isinstance(best, Number) and entity.by_name[column].kind.dtype.is_numeric():
            text = number_with_three_decimals(text)
        entry.cells[column] = text
        if isinstance(best, list | dict) and column in names.scalars:
            entry.structured.append(column)
        entry.extra.update({path: other for _, path, other in others})
    return entry


def _sort_keys(
    value: dict[str, Any],
    above: str,
    names: FieldNames,
    candidates: dict[str, list[tuple[Meaning, str, Any]]],
    entry: Entry,
) -> None:
    for key, cell in value.items():
        path = above + key
        if cell is None:
            continue
        if meaning := names.meaning(path):
            candidates.setdefault(meaning.column, []).append((meaning, path, cell))
            continue
        container = None if above else names.container(key)
        if container and isinstance(cell, dict) and container not in entry.custom_fields:
            if cell:
                entry.custom_fields[container] = cell
        elif isinstance(cell, dict) and names.is_parent(path):
            _sort_keys(cell, f"{path}.", names, candidates, entry)
        else:
            entry.extra[path] = cell


def _key_count(value: Any) -> int:
    """Number of keys in all objects of a parsed value."""
    if isinstance(value, dict):
        return len(value) + sum(map(_key_count, value.values()))
    return sum(map(_key_count, value)) if isinstance(value, list) else 0


def _nesting(raw: str) -> int:
    """Depth of the brackets outside of strings; counting stops above `MAX_NESTING`."""
    if raw.count("[") + raw.count("{") <= MAX_NESTING:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", raw)):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
        if deepest > MAX_NESTING:
            break
    return deepest


def _as_written(value: Any) -> Any:
    if isinstance(value, Number):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not a JSON value.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UnreadableEntryError(f'The key "{shown_name(twice)}" occurs more than once in an object; expected once.')
    return found


def _unique_or_as_sent(pairs: list[tuple[str, Any]]) -> dict[str, Any] | orjson.Fragment:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    return orjson.Fragment("{" + ",".join(f"{as_json(key)}:{as_json(value)}" for key, value in pairs) + "}")


def _refuse_constant(name: str) -> NoReturn:
    raise UnreadableEntryError(f"It is not JSON: {name} is not a JSON number.")


_DECODER, _KEEPING_DECODER = (
    json.JSONDecoder(object_pairs_hook=hook, parse_float=Number, parse_int=Number, parse_constant=_refuse_constant)
    for hook in (_unique, _unique_or_as_sent)
)

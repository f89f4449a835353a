"""A draft of a mapping: the headers of a table and a sample of its cells -> lines of TOML to complete.

Cells only decide which fields a header may mean; the draft holds none of them.

1. A header that names a field is mapped to it, and so is one that is spelled much like a field or is a usual word for
   one.
2. For any other header the candidates are the fields whose names are part of it, then the fields of the kind that most
   of its cells are of. Where both agree its line is in force, otherwise it is commented.
3. Required fields without a header are listed as constants.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Kind
from cdp_pipeline.entities.model import Column
from cdp_pipeline.ingest.batch import Batch
from cdp_pipeline.ingest.field_names import FieldNames, field_names, folded, nearest
from cdp_pipeline.ingest.mappings import EntityMapping, SourceMapping
from cdp_pipeline.ingest.tabular import is_data
from cdp_pipeline.values.key_text import clean_header, without_marks
from cdp_pipeline.values.phone import normalize_phones

_USUAL_WORDS = {
    "mobile": "phone", "mobileno": "phone", "mobilenumber": "phone", "cellphone": "phone", "tel": "phone",
    "telephone": "phone", "mail": "email", "sex": "gender", "town": "city", "surname": "lastName",
    "postcode": "zipCode", "postalcode": "zipCode", "zip": "zipCode",
}  # fmt: skip
"""Headers by which many sources call a field of ours."""

_BIRTH = ("birth", "born", "dob")
"""What a header of birth dates holds; a field is called `dob`."""

_NUMBERS = {"id", "no", "nr", "num", "number", "code", "key", "ma", "so"}
"""Words, without marks, in the headers of ids and numbers."""

_MOST_CANDIDATES = 3
_SHORTEST_PART = 3
_MOST_CELLS = 200

# Cells of one kind among the filled ones of a column, below which the kind is not evident.
_SHARE = 0.8

# A column of dates whose median is older holds birth dates: sources hold no events of so many years ago.
_YEARS_OF_EVENTS = 12

_BIRTHS = (kinds.BIRTH_DATE, kinds.BIRTH_TIMESTAMP)
_EVENTS = (kinds.EVENT_TIMESTAMP, kinds.PERIOD_TIMESTAMP)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})([ T]\d{1,2}:\d{2}.*)?")
_NAME = re.compile(r"[^\W\d_]+(?:[ .'’-]+[^\W\d_]+){1,5}")
_CONTAINER = next(iter(kinds.CUSTOM_FIELD_CONTAINERS))


class _EveryHeader(SourceMapping):
    """A mapping that reads every column as a custom field, so that any table with a header is read as it is."""

    def field(self, header: str) -> str:
        return f"{_CONTAINER}.{header}"


EVERY_HEADER: SourceMapping = _EveryHeader("draft", is_own=True, files=("*",), mapping=EntityMapping())


@dataclass(frozen=True)
class Draft:
    """Lines of TOML, and whether they are needed: some header has no field, or some required field no header."""

    lines: tuple[str, ...]
    is_needed: bool


def cells_of(batch: Batch) -> dict[str, list[str]]:
    """The filled cells by header of a batch that was read by `EVERY_HEADER`."""
    found: dict[str, list[str]] = {}
    for text in batch.rows["custom_fields"].head(_MOST_CELLS).drop_nulls():
        for header, cell in json.loads(text).get(_CONTAINER, {}).items():
            if isinstance(cell, str):
                found.setdefault(header, []).append(cell.strip())
    return found


def draft_mapping(
    headers: Sequence[str],
    cells: Mapping[str, Sequence[str]],
    entity: Entity,
    mappings: Sequence[SourceMapping],
    default_region: str,
) -> Draft | None:
    """The mapping of a table as far as its headers and cells show it; None if its first row seems to be data.

    Args:
        headers: The header row.
        cells: Filled cells by header, a sample.
        entity: The entity of the rows.
        mappings: Mappings whose headers are compared too.
        default_region: The region of phones without a country code.
    """
    named = [clean_header(header) for header in headers if folded(header)]
    names = field_names(entity)
    if any(is_data(header) for header in named if not names.known_among([header])):
        return None
    given = {header: field for header in named if (field := _field(header, entity, names, mappings))}
    used = {meaning.column for field in given.values() if (meaning := names.meaning(field))}
    lines, dates = [f"[{entity.object_type}.fields]"], list[str]()
    for header in named:
        quoted = json.dumps(header, ensure_ascii=False)
        if field := given.get(header):
            is_sure = bool(names.known_among([header]))
            lines.append(f'{quoted} = "{field}"' + ("" if is_sure else "  # by its name; check it"))
            candidates = [column for column in entity.columns if column.source == field]
        else:
            seen, kind_columns = _by_cells(header, cells.get(header, ()), entity, default_region)
            free = [column for column in kind_columns if column.name not in used]
            by_name = _by_name(header, entity)
            agreed = [column for column in free if column in by_name][:1]
            candidates = list(dict.fromkeys([*agreed, *by_name, *free]))[:_MOST_CANDIDATES]
            if agreed:
                used.add(agreed[0].name)
                lines.append(f'{quoted} = "{agreed[0].source}"  # by its name and its cells; check it')
            else:
                lines.append(f"# {quoted} = {_proposed(candidates, seen)}")
        if (written := _date_format(cells.get(header, ()))) and candidates:
            format_, is_proven = written
            line = f'{candidates[0].source} = "{format_}"'
            is_first = not any(other.startswith(f"{candidates[0].source} =") for other in dates)
            dates.append(line if is_proven and is_first else f"# {line}")
    if dates:
        mark = "# " if all(line.startswith("#") for line in dates) else ""
        lines += ["", f"{mark}[{entity.object_type}.dates]  # of dates that are not written as 2026-11-16", *dates]
    missing = [column for column in entity.columns if column.required and column.name not in used]
    lines += ["", f"[{entity.object_type}.constants]  # for rows that have no value of their own"]
    lines += _constants(missing, used, entity)
    return Draft(tuple(lines), bool(missing) or len(given) < len(named))


def _field(header: str, entity: Entity, names: FieldNames, mappings: Sequence[SourceMapping]) -> str | None:
    """The field that a header names, or whose name, in the entity or a mapping, is most like it."""
    if meaning := names.meaning(header):
        return entity.by_name[meaning.column].source
    if names.known_among([header]):
        return header
    if (usual := names.meaning(_USUAL_WORDS.get(folded(header), ""))) is not None:
        return entity.by_name[usual.column].source
    if own := names.nearest(header, 1):
        return own[0]
    known = {other: field for mapping in mappings for other, field in mapping.fields.items()}
    alike = nearest(folded(header), known, 1)
    return known[alike[0]] if alike else None


def _by_name(header: str, entity: Entity) -> list[Column]:
    """The columns whose name is part of the header, or holds it, those of most equal length first."""
    name = re.sub(r"\W", "", folded(header))
    if any(word in name for word in _BIRTH):
        name = "dob"
    found = []
    for column in entity.columns:
        source = folded(column.source)
        if min(len(name), len(source)) >= _SHORTEST_PART and (source in name or name in source):
            found.append((abs(len(source) - len(name)), column))
    return [column for _, column in sorted(found, key=lambda one: one[0])]


def _by_cells(header: str, cells: Sequence[str], entity: Entity, default_region: str) -> tuple[str, list[Column]]:
    """What the cells of a column seem to be, in words, and the columns that hold such values, the likeliest first."""
    filled = [cell for cell in cells if cell][:_MOST_CELLS]
    if not filled:
        return "it has no filled cells", []
    if _is_most(_EMAIL.fullmatch(cell) is not None for cell in filled):
        return "its cells seem to be e-mail addresses", _of_kinds(entity, (kinds.EMAIL,))
    if _is_most(_DATE.fullmatch(cell) is not None for cell in filled):
        years = [int(year) for cell in filled for year in re.findall(r"(?:19|20)\d\d", cell)[:1]]
        are_births = bool(years) and median(years) < datetime.now(UTC).year - _YEARS_OF_EVENTS
        ordered = (*_BIRTHS, *_EVENTS) if are_births else (*_EVENTS, *_BIRTHS)
        return "its cells seem to be dates", _of_kinds(entity, ordered)
    if _is_most(normalize_phones(pl.Series(filled, dtype=pl.String), None, default_region).is_not_null()):
        return "its cells seem to be phone numbers", _of_kinds(entity, (kinds.PHONE,))
    for column in entity.columns:
        words = {word.casefold() for word in column.allowed}
        if words and _is_most(cell.casefold() in words for cell in filled):
            return "its cells are words of this field", [column]
    if _is_most(_NAME.fullmatch(cell) is not None and cell.istitle() for cell in filled):
        return "its cells seem to be names", _of_kinds(entity, (kinds.PERSON_NAME,))
    is_each_different = len({*filled}) == len(filled) and not any(" " in cell for cell in filled)
    if is_each_different and _may_be_an_id(header) and entity.source_id in entity.by_name:
        return "each cell is different", [entity.by_name[entity.source_id]]
    return "", []


def _may_be_an_id(header: str) -> bool:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", without_marks(clean_header(header)))
    return not _NUMBERS.isdisjoint(re.findall(r"[a-z]+", words.lower()))


def _is_most(matches: Iterable[bool]) -> bool:
    found = list(matches)
    return sum(found) >= _SHARE * len(found)


def _of_kinds(entity: Entity, wanted: Sequence[Kind]) -> list[Column]:
    return [column for kind in wanted for column in entity.columns if column.kind == kind]


def _proposed(candidates: Sequence[Column], seen: str) -> str:
    """The first candidate in quotes, and in a comment the others and what the cells seem to be."""
    others = ", ".join(column.source for column in candidates[1:])
    notes = "; ".join(filter(None, (seen, f"or {others}" if others else "")))
    return f'"{candidates[0].source if candidates else ""}"' + (f"  # {notes}" if notes else "")


def _date_format(cells: Sequence[str]) -> tuple[str, bool] | None:
    """The format of dates in another form than ISO, and whether a cell proves it; None if it has years of two digits.

    A day beyond the twelfth proves which part is the day.
    """
    found = [match for cell in cells if (match := _DATE.fullmatch(cell))]
    if not found or len(found) < _SHARE * len(cells) or any(len(match[4]) != len("2026") for match in found):
        return None
    is_day_first, is_month_first = (any(int(match[part]) > len(_MONTHS) for match in found) for part in (1, 3))
    first, second = ("%m", "%d") if is_month_first else ("%d", "%m")
    mark, has_time = found[0][2], {bool(match[5]) for match in found}
    is_proven = is_day_first != is_month_first and has_time == {False} and {match[2] for match in found} == {mark}
    return f"{first}{mark}{second}{mark}%Y" + (" %H:%M" if found[0][5] else ""), is_proven


_MONTHS = range(12)


def _constants(missing: Sequence[Column], used: set[str], entity: Entity) -> Iterator[str]:
    """A line for each required field without a header, and for what usually is the same in a whole file."""
    for column in missing:
        if column.name == entity.source_id or column.kind in _EVENTS:
            yield f"# {column.source} is required: let one of the headers above mean it."
        else:
            yield f'{column.source} = ""  # required: {column.kind.expects}'
    usual = () if entity.fixed_system else ("system_name", entity.company_column)
    for column in (entity.by_name[name] for name in usual if name in entity.by_name and name not in used):
        if column not in missing:
            yield f'# {column.source} = ""  # {column.description.partition(";")[0]}'

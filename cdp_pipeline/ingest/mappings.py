"""What the headers of a source's tables mean: the mapping that fits a header, and what it makes of the rows.

Mappings come from TOML files (`mapping_files.py`). They give fields of the entity, constant columns, and how the source
writes dates, numbers and closed lists. Only tables have headers (CSV, TSV, Excel, Parquet); JSON keys are field names.

How one is chosen: among those whose `files` match the file's name and whose `recognised_by` headers all stand in it,
the one that explains most headers; a user's goes before a shipped one. One without `recognised_by` and `files` must
explain more headers than the entity's own field names do.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeVar
from unicodedata import normalize

import polars as pl
from pydantic import AfterValidator, BeforeValidator

from cdp_pipeline.configuration import Section, WrongValueError
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.conventions import Evidence, canonical_number
from cdp_pipeline.ingest.field_names import FieldNames, field_names, folded
from cdp_pipeline.values.key_text import without_marks

MAPPED = "mapping:"
"""The findings that count the rows read by a mapping begin so; its name follows."""

_Rule = TypeVar("_Rule")

# Cells beyond this are neither a date nor a word of a closed list, and are not searched.
_LONGEST = 100

# Whatever a format writes of a time of day, it writes differently of these.
_TIME = re.compile(r"%[-_0]?[HIklTRXcr+]")
_SAMPLES = (datetime(2001, 11, 23, 14, 35, 46, tzinfo=UTC), datetime(2001, 11, 23, 9, 12, 58, tzinfo=UTC))


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_text(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _formats(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a format that does not read back a timestamp written in it."""
    for format_ in formats:
        if not _gives_back(format_):
            raise WrongValueError(
                "a format of dates with day, month and year as in '%d/%m/%Y', and where it has a time, with hours and "
                "minutes as in '%d/%m/%Y %H:%M'; a zone is read as %z only",
                repr(format_),
            )
    return formats


@lru_cache(maxsize=256)
def _gives_back(format_: str) -> bool:
    try:
        written, later = (pl.Series([timestamp]).dt.strftime(format_) for timestamp in _SAMPLES)
        # The name of a zone is ignored, which changes the timestamp; of seconds since 1970 it is UTC, unsaid.
        read = None if "%Z" in format_ or "%s" in format_ else _iso(written, [format_]).item()
    except pl.exceptions.PolarsError:
        return False
    day, _, time = _SAMPLES[0].strftime("%Y-%m-%d %H:%M").partition(" ")
    has_time = written.item() != later.item()
    return read is not None and read.startswith(f"{day}T{time}" if has_time else day)


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Formats = Annotated[Texts, AfterValidator(_formats)]


class EntityMapping(Section):
    """The tables of one entity from a source; fields have the names of the entity's source (`customerId`).

    Attributes:
        recognised_by: Headers that such a file must have.
        fields: Header to field; of several headers for one field the first filled cell of a row holds.
        constants: Field to the value of rows that have none.
        dates: Field to its formats as `strptime` has them; a cell in ISO form needs none.
        decimal_marks: Field to the mark before its decimals; the other mark stands between thousands.
        prefixes: Field to texts that are removed from the start of its cells.
        values: Field to the meanings of its words, compared without case and outer spaces.

    Headers and words are known without the marks of their letters too, where that leaves one meaning.
    """

    recognised_by: Texts = ()
    fields: dict[str, str] = {}
    constants: dict[str, Annotated[str, BeforeValidator(_as_text)]] = {}
    dates: dict[str, Formats] = {}
    decimal_marks: dict[str, Literal[",", "."]] = {}
    prefixes: dict[str, Texts] = {}
    values: dict[str, dict[str, str]] = {}

    def over(self, base: "EntityMapping") -> "EntityMapping":
        """This mapping with everything else as in another."""
        mine, theirs = self.model_dump(), base.model_dump()
        merged = {name: {**theirs[name], **part} if isinstance(part, dict) else part for name, part in mine.items()}
        merged["values"] = {name: {**base.values.get(name, {}), **words} for name, words in merged["values"].items()}
        merged["recognised_by"] = self.recognised_by or base.recognised_by
        # The base's own headers come after those laid over it, so that the latter hold where both are filled.
        mine_folded = set(map(folded, self.fields))
        merged["fields"] = {**self.fields, **{h: f for h, f in base.fields.items() if folded(h) not in mine_folded}}
        return EntityMapping(**merged)


@dataclass(frozen=True)
class SourceMapping:
    """A source's mapping of one entity, ready for its tables.

    Attributes:
        name: The source's name.
        is_own: Whether a user wrote it.
        files: Patterns for the names of its files.
        mapping: The rules of the TOML file.
        fields: Folded header to field.
    """

    name: str
    is_own: bool
    files: tuple[str, ...]
    mapping: EntityMapping
    fields: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", _with_unmarked({folded(h): name for h, name in self.mapping.fields.items()}))

    def fits_name(self, source_file: str) -> bool:
        """Whether a file may be of this source by its name."""
        name = PurePosixPath(source_file).name
        return not self.files or any(fnmatch(name, pattern) for pattern in self.files)

    def fits_headers(self, headers: Sequence[str]) -> bool:
        """Whether all headers stand there that its files have."""
        there = {without_marks(folded(header)) for header in headers}
        return all(without_marks(folded(header)) in there for header in self.mapping.recognised_by)

    def field(self, header: str) -> str:
        """The field that a header means; the header itself where this mapping knows none."""
        return self.fields.get(folded(header), header)

    def order(self, header: str) -> int:
        """The place of a header among those of the mapping; those it does not know come first."""
        return list(self.fields).index(folded(header)) + 1 if folded(header) in self.fields else 0


@dataclass(frozen=True)
class MatchedHeader:
    """A table's header and what it means.

    Attributes:
        names: The header's cells as sent.
        fields: For each the field it means, by the mapping or by itself.
        known: How many of them mean something.
        mapping: The mapping used; None where the entity's own names explain the header.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    known: int
    mapping: SourceMapping | None = None


def matched(headers: Sequence[str], entity: Entity, mappings: Sequence[SourceMapping] = ()) -> MatchedHeader:
    """What a header means, by the mapping that fits it best.

    Raises:
        UnreadableFileError: Two mappings of the user fit equally well.
    """
    names = field_names(entity)
    best = MatchedHeader(tuple(headers), tuple(headers), names.known_among(headers))
    plain, rank = best.known, (0, False, False)
    equal: SourceMapping | None = None
    for mapping in mappings:
        if not mapping.fits_headers(headers):
            continue
        fields = tuple(mapping.field(header) for header in headers)
        known = names.known_among(fields)
        is_named = bool(mapping.files or mapping.mapping.recognised_by)
        if known <= plain and not is_named:
            continue
        own = (known, bool(mapping.files), mapping.is_own)
        if own > rank:
            best, rank, equal = MatchedHeader(tuple(headers), fields, known, mapping), own, None
        elif own == rank and mapping.is_own:
            equal = mapping
    if best.mapping is not None and equal is not None:
        raise UnreadableFileError(
            f"Two mappings explain the header equally well: {best.mapping.name} and {equal.name}; nothing of the file "
            "was read. Narrow them with `recognised_by` or `files`, and deliver the file again."
        )
    return best


def explain_misfit(mapping: SourceMapping, source_file: str, headers: Sequence[str], entity: Entity) -> str:
    """Why a mapping does not explain a table: the headers that it knows, and those that it asks for in vain."""
    if not headers:
        return "mappings explain tables only: CSV, TSV, Excel and Parquet"
    names, there = field_names(entity), {without_marks(folded(header)) for header in headers}
    known = [header for header in headers if mapping.order(header) and names.known_among([mapping.field(header)])]
    lacking = [header for header in mapping.mapping.recognised_by if without_marks(folded(header)) not in there]
    reasons = [f"of the file's headers it explains {_quoted(known)}" if known else "it explains none of its headers"]
    if not mapping.fits_name(source_file):
        reasons.append(f"its `files` are {_quoted(mapping.files)}")
    if lacking:
        reasons.append(f"its `recognised_by` asks for {_quoted(lacking)}, which the file lacks")
    elif known:
        reasons.append("these are too few for its rows to be read")
    if unknown := [header for header in headers if folded(header) and not names.known_among([mapping.field(header)])]:
        reasons.append(f"it lacks {_quoted(unknown)}")
    return "; ".join(reasons)


def lacking_fields(mapping: SourceMapping | None, headers: Sequence[str], entity: Entity) -> list[str]:
    """The required fields that no header of a table means, and that have no constant."""
    names = field_names(entity)
    fields = [mapping.field(header) if mapping else header for header in headers]
    constants = mapping.mapping.constants if mapping else {}
    given = {names.key(field) for field in (*fields, *constants)}
    return [column.source for column in entity.columns if column.required and column.name not in given]


def _quoted(names: Iterable[str], most: int = 10) -> str:
    listed = [json.dumps(name, ensure_ascii=False) for name in names]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most:,} more" if len(listed) > most else "")


def rewritten(
    cells: pl.Series, field: str, mapping: SourceMapping, names: FieldNames, explained: Collection[object]
) -> pl.Series:
    """The cells of a column without prefixes, with dates in ISO form and the words of closed lists.

    Custom fields have canonical numbers too; those of columns are the affair of `conventions.py`. A cell that no
    format or list of words explains stays as sent, for validation.

    Args:
        cells: The text cells.
        field: The field that the header means.
        mapping: The rules.
        names: The entity's names.
        explained: The fields with explained dates and numbers, from `conventional`.
    """
    rules, key = mapping.mapping, names.key(field)
    for prefix in _rule(names, rules.prefixes, key, ()):
        cells = cells.str.strip_chars_start().str.strip_prefix(prefix)
    formats = _rule(names, rules.dates, key, ()) if key in explained else ()
    if formats:
        cells = _iso(cells, formats)
    meanings = _with_unmarked({_word(word): meant for word, meant in _rule(names, rules.values, key, {}).items()})
    if meanings:
        cells = _replaced(cells, lambda cell: meanings.get(_word(cell)))
    mark = _rule(names, rules.decimal_marks, key, None)
    if mark and key in explained and names.meaning(field) is None:
        evidence = Evidence()
        evidence.declare({field: mark})
        cells = _replaced(cells, lambda cell: canonical_number(cell, field, evidence))
    return cells


def conventional(header: MatchedHeader, entity: Entity) -> frozenset[object]:
    """The columns, and custom fields as container and key, whose dates and numbers the mapping explains.

    A shipped mapping explains the fields of its own headers only. Beside general field names, a single header such as
    `Ten` is no evidence that dates begin with the day.
    """
    if header.mapping is None:
        return frozenset()
    names, is_own = field_names(entity), header.mapping.is_own
    pairs = zip(header.names, header.fields, strict=True)
    return frozenset(names.key(field) for name, field in pairs if is_own or header.mapping.order(name))


def with_constants(text: pl.DataFrame, mapping: SourceMapping, entity: Entity) -> pl.DataFrame:
    """The text rows with the mapping's constants where a row has no value."""
    constants = _by_column(field_names(entity), mapping.mapping.constants)
    return text.with_columns(
        pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column)).otherwise(pl.lit(value)).alias(column)
        for column, value in constants.items()
    )


def declared_columns(mapping: SourceMapping, entity: Entity) -> dict[str, str]:
    """The columns whose numbers or dates the mapping explains: the mark before decimals, empty for dates."""
    names = field_names(entity)
    dates = dict.fromkeys(_by_column(names, mapping.mapping.dates), "")
    return dates | _by_column(names, mapping.mapping.decimal_marks)


def _by_column(names: FieldNames, rules: Mapping[str, _Rule]) -> dict[str, _Rule]:
    found = ((names.meaning(meant), rule) for meant, rule in rules.items())
    return {meaning.column: rule for meaning, rule in found if meaning is not None}


def _rule(names: FieldNames, rules: Mapping[str, _Rule], key: object, otherwise: _Rule) -> _Rule:
    return next((rule for field, rule in rules.items() if key is not None and names.key(field) == key), otherwise)


def _replaced(cells: pl.Series, meaning: Callable[[str], str | None]) -> pl.Series:
    """The cells with what some of them mean; each different text is asked once."""
    distinct = cells.drop_nulls().unique()
    known = {cell: meaning(cell) for cell in distinct.filter(distinct.str.len_chars() <= _LONGEST)}
    return cells.replace({cell: meant for cell, meant in known.items() if meant is not None})


def _word(cell: str) -> str:
    return normalize("NFC", cell).strip().casefold()


def _with_unmarked(meanings: Mapping[str, str]) -> dict[str, str]:
    """The meanings, also of the texts without marks, as far as these have one meaning and no own one."""
    plain: dict[str, set[str]] = {}
    for text, meant in meanings.items():
        plain.setdefault(without_marks(text), set()).add(meant)
    return {**{text: next(iter(meant)) for text, meant in plain.items() if len(meant) == 1}, **meanings}


def _iso(cells: pl.Series, formats: Sequence[str]) -> pl.Series:
    """The cells that one of the formats explains as ISO text, a date without time where the format has none."""
    trimmed = cells.str.strip_chars()
    trimmed = trimmed.set(trimmed.str.len_chars() > _LONGEST, None)
    found = cells.clear(cells.len())
    for format_ in formats:
        if _TIME.search(format_):
            timestamps = trimmed.str.to_datetime(format_, strict=False)
            # Read with its offset it is a timestamp in UTC, not the sender's local time.
            has_offset = format_.endswith("Z") or (
                isinstance(timestamps.dtype, pl.Datetime) and timestamps.dtype.time_zone
            )
            read = timestamps.dt.strftime("%Y-%m-%dT%H:%M:%S" + ("Z" if has_offset else ""))
        else:
            read = trimmed.str.to_date(format_, strict=False).dt.strftime("%Y-%m-%d")
        found = found.zip_with(found.is_not_null(), read)
    return found.zip_with(found.is_not_null(), cells).alias(cells.name)

"""What the headers of a source's tables mean: TOML files, one per source, shipped ones and those of a user's folder.

A file of a source -> the mapping that fits its header -> fields of the entity, constant columns, and how the source
writes dates, numbers and closed lists. Only tables have headers (CSV, TSV, Excel, Parquet); JSON keys are field names.

How one is chosen: among those whose `files` match the file's name and whose `recognised_by` headers all stand in it,
the one that explains most headers; a user's goes before a shipped one. One without `recognised_by` and `files` must
explain more headers than the entity's own field names do.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, TypeVar

import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.field_names import FieldNames, field_names, folded, nearest

MAPPED = "mapping:"
"""The findings that count the rows read by a mapping begin so; its name follows."""

_Rule = TypeVar("_Rule")

# Cells beyond this are neither a date nor a word of a closed list, and are not searched.
_LONGEST = 100


class MappingError(ValueError):
    """A mapping that cannot be used; the message is one line that names the file, the place and what is allowed."""


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class EntityMapping(BaseModel):
    """What a source's tables of one entity look like; fields are named as the entity's source does (`customerId`).

    Attributes:
        recognised_by: Headers that all stand in such a file.
        fields: Header to field; of several headers for one field the first filled cell of a row holds.
        constants: Field to the value of rows that have none.
        dates: Field to its formats as `strptime` has them; a cell in ISO form needs none.
        decimal_marks: Field to the mark before its decimals; the other mark stands between thousands.
        prefixes: Field to texts taken away from the beginning of its cells.
        values: Field to what its words mean, compared without case and outer spaces.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recognised_by: Texts = ()
    fields: dict[str, str] = {}
    constants: dict[str, Annotated[str, BeforeValidator(_as_text)]] = {}
    dates: dict[str, Texts] = {}
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
        merged["fields"] = {**self.fields, **{h: f for h, f in base.fields.items() if h not in self.fields}}
        return EntityMapping(**merged)


class Source(BaseModel):
    """A TOML file: a source and its entities.

    Attributes:
        name: What messages call it; the file's stem where it says none.
        extends: A shipped source whose mappings this one is laid over.
        headers_from: Where the headers are known from.
        files: Patterns such as `pos1-*.csv` for the names of its files; all names where there is none.
        entities: The mappings by object type.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    extends: str | None = None
    headers_from: Texts = ()
    files: Texts = ()
    entities: dict[str, EntityMapping]


@dataclass(frozen=True)
class SourceMapping:
    """A source's mapping of one entity, ready for its tables.

    Attributes:
        name: The source's name.
        is_own: Whether a user wrote it.
        files: Patterns for the names of its files.
        mapping: What the TOML file says.
        fields: Header, without what spellings differ in, to field.
    """

    name: str
    is_own: bool
    files: tuple[str, ...]
    mapping: EntityMapping
    fields: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", {folded(header): name for header, name in self.mapping.fields.items()})

    def fits_name(self, source_file: str) -> bool:
        """Whether a file may be of this source by its name."""
        name = PurePosixPath(source_file).name
        return not self.files or any(fnmatch(name, pattern) for pattern in self.files)

    def fits_headers(self, headers: Sequence[str]) -> bool:
        """Whether all headers stand there that its files have."""
        there = {folded(header) for header in headers}
        return all(folded(header) in there for header in self.mapping.recognised_by)

    def field(self, header: str) -> str:
        """The field that a header means; the header itself where this mapping knows none."""
        return self.fields.get(folded(header), header)

    def order(self, header: str) -> int:
        """The place of a header among those of the mapping; those it does not know come first."""
        key = folded(header)
        return next((n for n, known in enumerate(self.fields, start=1) if known == key), 0)


@dataclass(frozen=True)
class Mappings:
    """The sources known, those of the user first."""

    sources: tuple[tuple[bool, Source], ...]

    def of(self, entity: Entity) -> tuple[SourceMapping, ...]:
        """The mappings of one entity's tables, the user's first."""
        return tuple(
            SourceMapping(source.name, is_own, source.files, source.entities[entity.object_type])
            for is_own, source in self.sources
            if entity.object_type in source.entities
        )

    def digest(self, entity: Entity) -> str:
        """A text that changes with any mapping of the entity."""
        said = repr([(m.name, m.is_own, m.files, m.mapping) for m in self.of(entity)])
        return blake2b(said.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class MatchedHeader:
    """A table's header and what it means.

    Attributes:
        names: The header's cells as sent.
        fields: For each the field it means, by the mapping or by itself.
        known: How many of them mean something.
        mapping: The mapping used; None where the entity's own names explain the header.
        tried: All mappings it may be explained by.
    """

    names: tuple[str, ...]
    fields: tuple[str, ...]
    known: int
    mapping: SourceMapping | None = None
    tried: tuple[SourceMapping, ...] = ()

    def nearest(self, name: str, entity: Entity) -> str | None:
        """The field whose name, in the entity or a mapping, is most like an unknown one; None when none is like it."""
        names = field_names(entity)
        if own := names.nearest(name, 1):
            return own[0]
        known = {header: field for mapping in self.tried for header, field in mapping.fields.items()}
        alike = nearest(folded(name), known, 1)
        return known[alike[0]] if alike else None


def matched(headers: Sequence[str], entity: Entity, mappings: Sequence[SourceMapping] = ()) -> MatchedHeader:
    """What a header means, by the mapping that fits it best.

    Raises:
        UnreadableFileError: Two mappings of the user fit equally well.
    """
    names = field_names(entity)
    tried = tuple(mappings)
    best = MatchedHeader(tuple(headers), tuple(headers), names.known_among(headers), tried=tried)
    plain, rank = best.known, (0, False, False)
    for mapping in mappings:
        if not mapping.fits_headers(headers):
            continue
        fields = tuple(mapping.field(header) for header in headers)
        known = names.known_among(fields)
        is_named = bool(mapping.files or mapping.mapping.recognised_by)
        if known <= plain and not is_named:
            continue
        own = (known, bool(mapping.files), mapping.is_own)
        if best.mapping is not None and own == rank and mapping.is_own:
            raise UnreadableFileError(
                f"Two mappings explain the header equally well: {best.mapping.name} and {mapping.name}; nothing of the "
                "file was read. Narrow them with `recognised_by` or `files`, and drop the file again."
            )
        if own > rank:
            best, rank = MatchedHeader(tuple(headers), fields, known, mapping, tried), own
    return best


def applied(text: pl.DataFrame, mapping: SourceMapping, entity: Entity) -> pl.DataFrame:
    """The text rows with the mapping's constants, dates in ISO form and the words of closed lists.

    A cell that a format or a list of words does not explain stays as sent, for validation to judge.
    """
    names, rules = field_names(entity), mapping.mapping
    by_column = _by_column(names, rules.prefixes)
    for column, prefixes in by_column.items():
        cell = pl.col(column).str.strip_chars_start()
        for prefix in prefixes:
            cell = cell.str.strip_prefix(prefix)
        text = text.with_columns(cell.alias(column))
    for column, formats in _by_column(names, rules.dates).items():
        text = text.with_columns(_iso(text[column], formats))
    for column, words in _by_column(names, rules.values).items():
        meanings = {word.strip().casefold(): meant for word, meant in words.items()}
        distinct = text[column].drop_nulls().unique()
        known = {
            cell: meanings[key]
            for cell in distinct.filter(distinct.str.len_chars() <= _LONGEST)
            if (key := cell.strip().casefold()) in meanings
        }
        text = text.with_columns(pl.col(column).replace(known))
    constants = _by_column(names, rules.constants)
    return text.with_columns(
        pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column)).otherwise(pl.lit(value)).alias(column)
        for column, value in constants.items()
    )


def declared_columns(mapping: SourceMapping, entity: Entity) -> dict[str, str]:
    """The columns whose numbers or dates the mapping explains: the mark before decimals, empty for dates."""
    names = field_names(entity)
    dates = dict.fromkeys(_by_column(names, mapping.mapping.dates), "")
    return dates | _by_column(names, mapping.mapping.decimal_marks)


def read_mappings(folder: Path | None) -> Mappings:
    """The shipped mappings and those of a folder's `.toml` files, in the order of their names.

    Raises:
        MappingError: A file is no TOML, or says something that is no mapping of our entities.
    """
    shipped = _shipped()
    by_name = {source.name: source for source in shipped}
    paths = sorted(folder.glob("*.toml")) if folder else []
    own = [_source(path.name, path.stem, path.read_bytes(), by_name) for path in paths]
    return Mappings((*((True, source) for source in own), *((False, source) for source in shipped)))


def read_mapping(named: str, folder: Path | None) -> Mappings:
    """One mapping alone: that of a TOML file, or the one of this name among those that `read_mappings` knows.

    Raises:
        MappingError: There is no such file or mapping, or it cannot be used.
    """
    path = Path(named)
    if path.suffix == ".toml":
        try:
            text = path.read_bytes()
        except OSError as error:
            raise MappingError(f"{named} cannot be read ({error.strerror}).") from error
        return Mappings(((True, _source(path.name, path.stem, text, {s.name: s for s in _shipped()})),))
    every = read_mappings(folder).sources
    found = tuple((is_own, source) for is_own, source in every if source.name == named)
    if not found:
        known = ", ".join(sorted({source.name for _, source in every}))
        raise MappingError(f"There is no mapping {named}; known are {known}, and the path of any .toml file.")
    return Mappings(found[:1])


@lru_cache(maxsize=1)
def _shipped() -> tuple[Source, ...]:
    folder = resources.files("cdp_pipeline.ingest").joinpath("source_mappings")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_source(file.name, file.name.removesuffix(".toml"), file.read_bytes(), {}) for file in files)


def _source(file: str, stem: str, text: bytes, bases: Mapping[str, Source]) -> Source:
    """The source that a TOML file describes."""
    entities = {entity.object_type: entity for entity in ENTITIES}
    try:
        said = tomllib.loads(text.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MappingError(f"{file} is no TOML: {error}.") from error
    own = {key: value for key, value in said.items() if isinstance(value, dict)}
    if unknown := [key for key in own if key not in entities]:
        raise MappingError(f"{file}: [{unknown[0]}] is no entity; expected one of {', '.join(entities)}.")
    try:
        about = {key: value for key, value in said.items() if key not in own}
        source = Source.model_validate({"name": stem, **about, "entities": own})
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"] if part != "entities")
        raise MappingError(f"{file}: {place}: {problem['msg'].removeprefix('Value error, ')}.") from error
    if source.extends is not None:
        if source.extends not in bases:
            raise MappingError(f"{file}: extends = {source.extends!r}; expected one of {', '.join(sorted(bases))}.")
        source = _laid_over(source, bases[source.extends])
    for object_type, mapping in source.entities.items():
        _check(file, entities[object_type], mapping)
    return source


def _laid_over(source: Source, base: Source) -> Source:
    merged = {
        object_type: source.entities[object_type].over(mapping) if object_type in source.entities else mapping
        for object_type, mapping in base.entities.items()
    }
    return source.model_copy(update={"entities": {**source.entities, **merged}, "files": source.files or base.files})


def _check(file: str, entity: Entity, mapping: EntityMapping) -> None:
    """Refuse names that are no fields, a header that stands twice, and words that mean no value of a closed list."""
    names = field_names(entity)
    for header, meant in mapping.fields.items():
        if not names.known_among([meant]):
            raise MappingError(_no_field(file, f"{entity.object_type}.fields.{header!r}", meant, names, entity))
    counts = Counter(map(folded, mapping.fields))
    if twice := [header for header in mapping.fields if counts[folded(header)] > 1]:
        raise MappingError(f"{file}: {entity.object_type}.fields names the header {twice[0]!r} twice.")
    for part in ("constants", "dates", "decimal_marks", "prefixes", "values"):
        for meant in getattr(mapping, part):
            if names.meaning(meant) is None:
                raise MappingError(_no_field(file, f"{entity.object_type}.{part}", meant, names, entity))
    for meant, words in mapping.values.items():
        meaning = names.meaning(meant)
        column = entity.by_name[meaning.column] if meaning else None
        if column and column.allowed and column.unknown != "keep":
            for word, value in words.items():
                if value not in column.allowed:
                    place = f"{entity.object_type}.values.{meant}.{word!r}"
                    raise MappingError(f"{file}: {place} is {value!r}; expected one of {', '.join(column.allowed)}.")


def _no_field(file: str, place: str, found: str, names: FieldNames, entity: Entity) -> str:
    nearest = names.nearest(found, 1)
    meant = f"; did you mean {nearest[0]}?" if nearest else "."
    return f"{file}: {place}: {found!r} is no field of {entity.object_type}{meant}"


def _by_column(names: FieldNames, rules: Mapping[str, _Rule]) -> dict[str, _Rule]:
    found = ((names.meaning(meant), rule) for meant, rule in rules.items())
    return {meaning.column: rule for meaning, rule in found if meaning is not None}


def _iso(cells: pl.Series, formats: Sequence[str]) -> pl.Series:
    """The cells that one of the formats explains as ISO text, a date without time where the format has none."""
    trimmed = cells.str.strip_chars()
    trimmed = trimmed.set(trimmed.str.len_chars() > _LONGEST, None)
    found = cells.clear(cells.len())
    for format_ in formats:
        has_time = any(mark in format_ for mark in ("%H", "%I", "%T", "%R", "%X", "%c"))
        if has_time:
            read = trimmed.str.to_datetime(format_, strict=False).dt.strftime("%Y-%m-%dT%H:%M:%S")
        else:
            read = trimmed.str.to_date(format_, strict=False).dt.strftime("%Y-%m-%d")
        found = found.zip_with(found.is_not_null(), read)
    return found.zip_with(found.is_not_null(), cells).alias(cells.name)

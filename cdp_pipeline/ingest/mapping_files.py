"""TOML files of mappings, one per source: shipped ones and those of a user's folder -> mappings by entity.

What a mapping means for a table stands in `mappings.py`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict

from cdp_pipeline.configuration import ConfigurationError, Section, WrongValueError, not_among, parse, read_bytes
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.ingest.field_names import FieldNames, field_names, folded
from cdp_pipeline.ingest.mappings import EntityMapping, SourceMapping, Texts

_RULES = ("constants", "dates", "decimal_marks", "prefixes", "values")
"""The parts of a mapping whose keys are fields."""


class Source(Section):
    """A TOML file: a source, and for each of its entities a table of the entity's object type.

    Attributes:
        name: The name in messages; by default the file's stem.
        extends: A shipped source that this one overrides.
        headers_from: The source of the headers.
        files: Patterns such as `pos1-*.csv` for the names of its files; all names where there is none.
        shared: Rules for all entities of the file that have such fields.
    """

    model_config = ConfigDict(extra="allow")
    further_keys: ClassVar[Collection[str]] = BY_OBJECT_TYPE
    __pydantic_extra__: dict[str, EntityMapping]

    name: str = ""
    extends: str | None = None
    headers_from: Texts = ()
    files: Texts = ()
    shared: EntityMapping = EntityMapping()

    @property
    def entities(self) -> dict[str, EntityMapping]:
        """The mappings by object type."""
        return self.__pydantic_extra__


@dataclass(frozen=True, eq=False)
class Mappings:
    """The sources known, those of the user first."""

    sources: tuple[tuple[bool, Source], ...]

    def of(self, entity: Entity) -> tuple[SourceMapping, ...]:
        """The mappings of one entity's tables, the user's first."""
        return _of(self, entity)

    def digest(self, entity: Entity) -> str:
        """A text that changes with any mapping of the entity."""
        return _digest(self, entity)


# Every day of every entity asks for both.
@lru_cache(maxsize=64)
def _of(mappings: Mappings, entity: Entity) -> tuple[SourceMapping, ...]:
    return tuple(
        SourceMapping(source.name, is_own, source.files, source.entities[entity.object_type])
        for is_own, source in mappings.sources
        if entity.object_type in source.entities
    )


@lru_cache(maxsize=64)
def _digest(mappings: Mappings, entity: Entity) -> str:
    content = repr([(m.name, m.is_own, m.files, m.mapping) for m in mappings.of(entity)])
    return blake2b(content.encode(), digest_size=8).hexdigest()


def read_mappings(folder: Path | None) -> Mappings:
    """The shipped mappings and those of a folder's `.toml` files, in the order of their names.

    Raises:
        ConfigurationError: A file cannot be read, or is no mapping of our entities.
    """
    paths = sorted(folder.glob("*.toml")) if folder else []
    return _parsed(tuple((str(path), read_bytes(path)) for path in paths))


@lru_cache(maxsize=4)
def _parsed(files: tuple[tuple[str, bytes], ...]) -> Mappings:
    """The mappings of files of this content; every day asks for them, and parsing takes longer than a small file."""
    own = [(True, _source(file, text, _shipped())) for file, text in files]
    return Mappings((*own, *((False, source) for source in _shipped().values())))


def read_mapping(named: str, folder: Path | None) -> Mappings:
    """One mapping alone: that of a TOML file, or the one of this name among those that `read_mappings` knows.

    Raises:
        ConfigurationError: There is no such file or mapping, or it cannot be used.
    """
    if (path := Path(named)).suffix == ".toml":
        return Mappings(((True, _source(named, read_bytes(path), _shipped())),))
    every = read_mappings(folder).sources
    found = tuple((is_own, source) for is_own, source in every if source.name == named)
    if not found:
        known = ", ".join(sorted({source.name for _, source in every}))
        raise ConfigurationError(f"There is no mapping {named}; known are {known}, and the path of any .toml file.")
    return Mappings(found[:1])


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Source]:
    folder = resources.files("cdp_pipeline.ingest").joinpath("source_mappings")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return {source.name: source for source in (_source(file.name, file.read_bytes(), {}) for file in files)}


def _source(file: str, text: bytes, bases: Mapping[str, Source]) -> Source:
    """The source that a TOML file describes."""
    try:
        return _completed(parse(file, text, Source), Path(file).stem, bases)
    except WrongValueError as error:
        raise error.of(file) from None


def _completed(source: Source, stem: str, bases: Mapping[str, Source]) -> Source:
    """A source with a name, and its mappings with what is shared and what they extend."""
    if (extends := source.extends) is not None and extends not in bases:
        raise not_among(repr(extends), extends, sorted(bases), "extends")
    _check_fields("shared", source.shared, ENTITIES, "a field of some entity")
    base = bases[extends] if extends is not None else Source()
    completed: dict[str, object] = {"name": source.name or stem, "files": source.files or base.files}
    for object_type in {**base.entities, **source.entities}:
        entity, own = BY_OBJECT_TYPE[object_type], source.entities.get(object_type, EntityMapping())
        mapping = own.over(_part(source.shared, entity)).over(base.entities.get(object_type, EntityMapping()))
        _check(entity, mapping)
        completed[object_type] = mapping
    return source.model_copy(update=completed)


def _fields_named(mapping: EntityMapping) -> Iterator[tuple[tuple[str, str], str]]:
    """Part and key of each line of a mapping, and the field that it is about."""
    yield from ((("fields", header), field) for header, field in mapping.fields.items())
    yield from (((part, field), field) for part in _RULES for field in getattr(mapping, part))


def _is_known(names: FieldNames, keys: tuple[str, str], field: str) -> bool:
    """Whether a line may be about this field; custom fields have no constants, and only headers mean a container."""
    if keys[0] == "fields":
        return bool(names.known_among([field]))
    return (names.meaning(field) if keys[0] == "constants" else names.key(field)) is not None


def _check_fields(table: str, mapping: EntityMapping, entities: Collection[Entity], allowed: str) -> None:
    """Refuse a line that is about a field of none of the entities."""
    every = list(map(field_names, entities))
    for keys, field in _fields_named(mapping):
        if not any(_is_known(names, keys, field) for names in every):
            found = repr(field) if keys[0] == "fields" else "unknown"
            nearest = [f" (did you mean {name}?)" for names in every for name in names.nearest(field, 1)]
            raise WrongValueError(allowed, "".join((found, *nearest[:1])), table, *keys)


def _part(common: EntityMapping, entity: Entity) -> EntityMapping:
    """What of the mapping that a file's entities share concerns one of them."""
    names = field_names(entity)
    known = {keys for keys, field in _fields_named(common) if _is_known(names, keys, field)}
    parts = {
        part: {key: rule for key, rule in getattr(common, part).items() if (part, key) in known}
        for part in ("fields", *_RULES)
    }
    return common.model_copy(update=parts)


def _check(entity: Entity, mapping: EntityMapping) -> None:
    """Refuse names that are no fields, a header that stands twice, and words that mean no value of a closed list."""
    names, here = field_names(entity), entity.object_type
    _check_fields(here, mapping, [entity], f"a field of {here}, as `cdp check-file --entity {here}` lists them")
    spelled: dict[str, str] = {}
    for header in mapping.fields:
        if (before := spelled.setdefault(folded(header), header)) != header:
            raise WrongValueError("each header once", f"the same header as {before!r}", here, "fields", header)
    for field, words in mapping.values.items():
        meaning = names.meaning(field)
        column = entity.by_name[meaning.column] if meaning else None
        if column and column.allowed and column.unknown != "keep":
            for word, value in words.items():
                if value not in column.allowed:
                    raise not_among(repr(value), value, column.allowed, here, "values", field, word)

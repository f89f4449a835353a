"""TOML files of mappings, one per source: shipped ones and those of a user's folder -> mappings by entity.

What a mapping means for a table stands in `mappings.py`.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.field_names import FieldNames, field_names, folded
from cdp_pipeline.ingest.mappings import EntityMapping, SourceMapping, Texts

_SHARED = "shared"
"""The table of what holds for all entities of a file that have such fields."""


class MappingError(ValueError):
    """A mapping that cannot be used; the message is one line that names the file, the place and what is allowed."""


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
    said = repr([(m.name, m.is_own, m.files, m.mapping) for m in mappings.of(entity)])
    return blake2b(said.encode(), digest_size=8).hexdigest()


def read_mappings(folder: Path | None) -> Mappings:
    """The shipped mappings and those of a folder's `.toml` files, in the order of their names.

    Raises:
        MappingError: A file is no TOML, or says something that is no mapping of our entities.
    """
    paths = sorted(folder.glob("*.toml")) if folder else []
    return _parsed(tuple((path.name, path.stem, _bytes(path, path.name)) for path in paths))


@lru_cache(maxsize=4)
def _parsed(files: tuple[tuple[str, str, bytes], ...]) -> Mappings:
    """The mappings of files of this content; every day asks for them, and parsing takes longer than a small file."""
    shipped = _shipped()
    by_name = {source.name: source for source in shipped}
    own = [_source(name, stem, text, by_name) for name, stem, text in files]
    return Mappings((*((True, source) for source in own), *((False, source) for source in shipped)))


def read_mapping(named: str, folder: Path | None) -> Mappings:
    """One mapping alone: that of a TOML file, or the one of this name among those that `read_mappings` knows.

    Raises:
        MappingError: There is no such file or mapping, or it cannot be used.
    """
    path = Path(named)
    if path.suffix == ".toml":
        text, bases = _bytes(path, named), {source.name: source for source in _shipped()}
        return Mappings(((True, _source(path.name, path.stem, text, bases)),))
    every = read_mappings(folder).sources
    found = tuple((is_own, source) for is_own, source in every if source.name == named)
    if not found:
        known = ", ".join(sorted({source.name for _, source in every}))
        raise MappingError(f"There is no mapping {named}; known are {known}, and the path of any .toml file.")
    return Mappings(found[:1])


def _bytes(path: Path, told: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MappingError(f"{told} cannot be read ({error.strerror}).") from error


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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MappingError(f"{file} is no TOML: {error}.") from error
    own = {key: value for key, value in said.items() if isinstance(value, dict)}
    about = {key: value for key, value in said.items() if key not in own}
    shared = own.pop(_SHARED, {})
    if unknown := [key for key in own if key not in entities]:
        raise MappingError(f"{file}: [{unknown[0]}] is no entity; expected one of {_SHARED}, {', '.join(entities)}.")
    try:
        source = Source.model_validate({"name": stem, **about, "entities": own})
        common = EntityMapping.model_validate(shared)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"] if part != "entities")
        raise MappingError(f"{file}: {place}: {problem['msg'].removeprefix('Value error, ')}.") from error
    if source.extends is not None and source.extends not in bases:
        raise MappingError(f"{file}: extends = {source.extends!r}; expected one of {', '.join(sorted(bases))}.")
    if shared:
        _check_shared(file, common)
        # What it extends are its entities too.
        extended = bases[source.extends].entities if source.extends is not None else {}
        every = {**dict.fromkeys(extended, EntityMapping()), **source.entities}
        mappings = {key: mapping.over(_part(common, entities[key])) for key, mapping in every.items()}
        source = source.model_copy(update={"entities": mappings})
    if source.extends is not None:
        source = _laid_over(source, bases[source.extends])
    for object_type, mapping in source.entities.items():
        _check(file, entities[object_type], mapping)
    return source


def _check_shared(file: str, common: EntityMapping) -> None:
    """Refuse what is shared and no entity has."""
    every = [field_names(entity) for entity in ENTITIES]
    rules = ("constants", "dates", "decimal_marks", "prefixes", "values")
    for part, found in (("fields", common.fields.values()), *((part, getattr(common, part)) for part in rules)):
        for meant in found:
            if not any(names.known_among([meant]) for names in every):
                raise MappingError(f"{file}: {_SHARED}.{part}: {meant!r} is no field of any entity.")


def _part(common: EntityMapping, entity: Entity) -> EntityMapping:
    """What of the mapping that a file's entities share concerns one of them."""
    names = field_names(entity)
    fields = {header: meant for header, meant in common.fields.items() if names.known_among([meant])}
    others = {
        part: {
            meant: rule
            for meant, rule in getattr(common, part).items()
            if names.meaning(meant) or (part != "constants" and names.custom_field(meant))
        }
        for part in ("constants", "dates", "decimal_marks", "prefixes", "values")
    }
    return EntityMapping(recognised_by=common.recognised_by, fields=fields, **others)


def _laid_over(source: Source, base: Source) -> Source:
    entities = {
        object_type: source.entities.get(object_type, EntityMapping()).over(mapping)
        for object_type, mapping in base.entities.items()
    }
    return source.model_copy(update={"entities": {**source.entities, **entities}, "files": source.files or base.files})


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
            if names.meaning(meant) is None and (part == "constants" or names.custom_field(meant) is None):
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

"""The rules of identity that a user may change: limits, the largest cluster, blocked values, traits.

The packaged rules and their reasons are in `identity_rules.toml`; a user's file has the same sections and is merged
over them. Applying the rules belongs to the modules that link, cut and match; traits are fields of a person that
`matching/` compares.
"""

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final

import polars as pl
from pandera.typing.polars import LazyFrame
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from cdp_pipeline.configuration import Section, WrongValueError, parse, read_bytes, refuse_unknown_keys
from cdp_pipeline.current import CustomFields
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.values.placeholders import PlaceholderList, either, read_placeholders

_PATTERN = "a regular expression as Polars knows them (no lookaround, no backreferences)"


@dataclass(frozen=True)
class IdentityRules:
    """The rules in force.

    Attributes:
        blocked: The placeholder lists by kind of identifier.
        placeholders: All placeholder lists, including those of names, births and record ids, for the whole pipeline.
        limits: By kind, how many different people may hold one identifier.
        cluster_limit: How many records a person may have before the cluster is cut.
        traits: By object type and trait, its custom fields as `container.key`; empty for none.
    """

    blocked: Mapping[str, PlaceholderList]
    placeholders: Mapping[str, PlaceholderList]
    limits: Mapping[str, int]
    cluster_limit: int
    traits: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def _runs(pattern: str) -> str:
    """Refuse a pattern that Polars cannot run as it is used, or that matches everything."""
    try:
        pl.Series([""]).str.contains(pattern)
        matches = pl.Series(["", "an7", "\N{SNOWMAN}"]).str.contains(either((pattern,)))
    except pl.exceptions.ComputeError as error:
        # The message repeats the pattern, which may hold a person's number; its reason does not.
        reason = re.search(r"^(?:error|regex error): (?!regex parse error)(.+)$", str(error), re.MULTILINE)
        raise WrongValueError(_PATTERN, f"not understood ({reason[1] if reason else 'refused'})") from None
    if matches.all():
        raise WrongValueError("a pattern that some values do not match, such as '^000'", "true of every value")
    return pattern


def _with_container(name: str) -> str:
    if not all(name.partition(".")):
        raise WrongValueError(
            "a custom field with its container: 'customFieldTexts.customField01'", "a text without it"
        )
    return name


_DESCRIBED = [e.object_type for e in ENTITIES if e.role == "person" and e.has_custom_fields]
_Count = Annotated[int, Field(strict=True, ge=1)]
_Text = Annotated[str, Field(min_length=1)]
_CustomFields = tuple[Annotated[str, AfterValidator(_with_container)], ...]


class _Blocked(Section):
    values: tuple[_Text, ...] = ()
    patterns: tuple[Annotated[_Text, AfterValidator(_runs)], ...] = ()


class _Traits(Section):
    birth_place: _CustomFields = ()
    occupation: _CustomFields = ()


TRAITS: Final = tuple(_Traits.model_fields)
"""The attributes that are compared if the rules declare custom fields for them."""


class _Rules(Section):
    limits: dict[str, _Count] = {}
    clusters: dict[str, _Count] = {}
    blocked: dict[str, _Blocked] = {}
    traits: dict[str, _Traits] = {}

    @field_validator("*", mode="before")
    @classmethod
    def _changes_what_there_is(cls, table: object, info: ValidationInfo) -> object:
        known: Mapping[str, Collection[str]] = {**_packaged(), "blocked": read_placeholders(), "traits": _DESCRIBED}
        return refuse_unknown_keys(table, known[str(info.field_name)])

    @field_validator("blocked")
    @classmethod
    def _run_together(cls, blocked: dict[str, _Blocked]) -> dict[str, _Blocked]:
        for kind, own in blocked.items():
            if own.patterns:
                try:
                    _runs(either((*read_placeholders()[kind].patterns, *own.patterns)))
                except WrongValueError as error:
                    raise WrongValueError(error.allowed, error.found, kind, "patterns") from None
        return blocked


def read_rules(path: Path | None) -> IdentityRules:
    """Read the packaged rules and merge a user's file over them; its blocked values are added to the packaged ones.

    Raises:
        ConfigurationError: The file cannot be read, or one of its rules cannot be used. It shows no blocked value,
            which may be a person's number.
    """
    return _rules(str(path), b"" if path is None else read_bytes(path))


@lru_cache(maxsize=4)
def _rules(path: str, content: bytes) -> IdentityRules:
    """The rules of a file of this content; every day that is read asks for them, and trying all patterns takes long."""
    own, packaged = parse(path, content, _Rules), _packaged()
    placeholders = {
        kind: PlaceholderList((*lists.values, *more.values), (*lists.patterns, *more.patterns))
        for kind, lists in read_placeholders().items()
        for more in [own.blocked.get(kind, _Blocked())]
    }
    return IdentityRules(
        blocked={kind: placeholders[kind] for kind in packaged["limits"]},
        placeholders=placeholders,
        limits={**packaged["limits"], **own.limits},
        cluster_limit={**packaged["clusters"], **own.clusters}["largest"],
        traits={object_type: traits.model_dump(exclude_unset=True) for object_type, traits in own.traits.items()},
    )


@lru_cache(maxsize=1)
def _packaged() -> dict[str, dict[str, int]]:
    file = resources.files("cdp_pipeline.identity.configuration").joinpath("identity_rules.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def with_traits(
    records: pl.LazyFrame, fields: LazyFrame[CustomFields], declared: Mapping[str, Sequence[str]]
) -> pl.LazyFrame:
    """Add a text column for each declared trait, as it was sent; null if the record has none of its custom fields.

    Args:
        records: Current records, by `record_key`.
        fields: Their custom fields, in any order.
        declared: By trait its custom fields as `container.key`; of several that a record has, the first is used.
    """
    name = pl.concat_str("container", "key", separator=".")
    texts = fields.select("record_key", name.alias("name"), "text_value").drop_nulls("text_value")
    for trait, names in declared.items():
        first = (
            texts.filter(pl.col("name").is_in(names))
            .with_columns(place=pl.col("name").replace_strict(names, range(len(names)), default=None))
            .group_by("record_key")
            .agg(pl.col("text_value").sort_by("place").first().alias(trait))
        )
        records = records.join(first, on="record_key", how="left")
    return records

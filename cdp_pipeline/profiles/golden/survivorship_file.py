"""Survivorship file: the choices of a user in `survivorship.toml`, which override the declared attributes.

    survivorship.toml + attributes -> attributes

A section per attribute: `strategy`, and for `source_priority` the `sources`, best first. `survivorship.py` implements
the strategies, `attributes.py` declares the attributes.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, create_model, model_validator

from cdp_pipeline.configuration import Section, WrongValueError, one_of, parse, read_bytes
from cdp_pipeline.profiles.golden.attributes import ATTRIBUTES, CHILD_ATTRIBUTES, EVIDENCE_SOURCES
from cdp_pipeline.profiles.golden.survivorship import Attribute, Strategy

_SOURCES = f"a list of some of {', '.join(EVIDENCE_SOURCES)}, best first, each once"


class _Choice(Section):
    """The section of an attribute."""

    strategy: Strategy
    sources: tuple[Annotated[str, one_of(EVIDENCE_SOURCES)], ...] = ()

    @model_validator(mode="after")
    def _has_sources_for_its_strategy(self) -> Self:
        is_given = "sources" in self.model_fields_set
        if is_given and self.strategy != "source_priority":
            raise WrongValueError('sources only with strategy = "source_priority"', "given", "sources")
        if not self.sources and self.strategy == "source_priority":
            raise WrongValueError(_SOURCES, "empty" if is_given else "missing", "sources")
        for place, source in enumerate(self.sources):
            if source in self.sources[:place]:
                raise WrongValueError(_SOURCES, f"{source!r} again", "sources", place)
        return self


class _Choices(Section):
    """The sections of a file."""

    @model_validator(mode="before")
    @classmethod
    def _leaves_child_tables_alone(cls, sections: dict[str, object]) -> dict[str, object]:
        for attribute in CHILD_ATTRIBUTES:
            if (name := attribute.name) in sections:
                raise WrongValueError(", ".join(cls.model_fields), "chosen by the rule of its own table", name)
        return sections


def read_survivorship(path: Path | None) -> tuple[Attribute, ...]:
    """The declared attributes with the strategy and sources that a user's file gives some of them.

    With `source_priority`, sources that are not listed follow in one last tier. With any other strategy the attribute
    keeps its declared sources.

    Raises:
        ConfigurationError: The file cannot be read, or one of its choices cannot be made.
    """
    if path is None:
        return ATTRIBUTES
    choices = parse(str(path), read_bytes(path), _model())
    return tuple(_override(a, getattr(choices, a.name)) for a in ATTRIBUTES)


@lru_cache(maxsize=1)
def _model() -> type[_Choices]:
    """A file with a section for each attribute, in which the strategies that fit it may be chosen."""
    sections: dict[str, Any] = {}
    for attribute in ATTRIBUTES:
        fields: dict[str, Any] = {
            "strategy": (Annotated[str, one_of(attribute.allowed_strategies)], Field(None, validate_default=True))
        }
        sections[attribute.name] = (create_model("Choice", __base__=_Choice, **fields), None)
    model: type[_Choices] = create_model("Choices", __base__=_Choices, **sections)
    return model


def _override(attribute: Attribute, choice: _Choice | None) -> Attribute:
    if choice is None:
        return attribute
    if choice.strategy != "source_priority":
        return replace(attribute, strategy=choice.strategy)
    others = tuple(source for source in EVIDENCE_SOURCES if source not in choice.sources)
    tiers = (*((source,) for source in choice.sources), *((others,) if others else ()))
    return replace(attribute, strategy=choice.strategy, sources=tiers)

"""Survivorship file: the choices of a user in `survivorship.toml`, which override the declared attributes.

    survivorship.toml + attributes -> attributes

A section per attribute: `strategy`, and for `source_priority` the `sources`, best first. `survivorship.py` implements
the strategies, `golden.py` declares the attributes.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cdp_pipeline.profiles.golden import ATTRIBUTES, CHILD_ATTRIBUTES, EVIDENCE_SOURCES
from cdp_pipeline.profiles.survivorship import Attribute

_KEYS = ("strategy", "sources")


class SurvivorshipError(ValueError):
    """A choice that cannot be made; the message is one line for the author of the file."""


def read_survivorship(path: Path | None) -> tuple[Attribute, ...]:
    """The declared attributes with the choices of a user's file, or as declared if `path` is None.

    Raises:
        SurvivorshipError: The file cannot be read, or one of its choices cannot be made. The message names the file and
            the attribute, what was found and what is allowed.
    """
    return ATTRIBUTES if path is None else override_attributes(_read(path), str(path))


def override_attributes(found: Mapping[str, Any], file: str) -> tuple[Attribute, ...]:
    """The declared attributes with the strategies and sources that the sections of a file give.

    With `source_priority`, sources that are not listed follow in one last tier. With any other strategy the attribute
    keeps its declared sources.

    Raises:
        SurvivorshipError: See `read_survivorship`.
    """
    reader = _Reader(file)
    names = [attribute.name for attribute in ATTRIBUTES]
    of_child_tables = [attribute.name for attribute in CHILD_ATTRIBUTES]
    for name in found:
        if name in of_child_tables:
            raise reader.error(name, "chosen by the rule of its own table", _listed(names))
        if name not in names:
            raise reader.error(_shown(name), "no attribute", _listed(names))
    return tuple(reader.override(a, found[a.name]) if a.name in found else a for a in ATTRIBUTES)


def _read(path: Path) -> dict[str, Any]:
    try:
        # Some editors write a byte order mark, which TOML does not allow.
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise SurvivorshipError(f"{path}: the file cannot be read ({error.strerror}); allowed: a TOML file.") from None
    except UnicodeDecodeError:
        raise SurvivorshipError(f"{path}: the file is not UTF-8; allowed: a TOML file in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SurvivorshipError(f"{path}: the file is no TOML ({error}); allowed: a TOML file.") from None


@dataclass(frozen=True)
class _Reader:
    """Reads the sections of one file, which every message names."""

    file: str

    def error(self, key: str, found: str, allowed: str) -> SurvivorshipError:
        return SurvivorshipError(f"{self.file}: {key} is {found}; allowed: {allowed}.")

    def override(self, attribute: Attribute, section: object) -> Attribute:
        name = attribute.name
        if not isinstance(section, dict):
            raise self.error(name, _shown(section), f"a section, written [{name}]")
        for key in section:
            if key not in _KEYS:
                raise self.error(f"{name}.{_shown(key)}", "no choice", _listed(f"{name}.{known}" for known in _KEYS))
        if "strategy" not in section:
            raise self.error(f"{name}.strategy", "missing", _listed(attribute.allowed_strategies))
        strategy = section["strategy"]
        if strategy not in attribute.allowed_strategies:
            raise self.error(f"{name}.strategy", _shown(strategy), _listed(attribute.allowed_strategies))
        if strategy == "source_priority":
            return replace(attribute, strategy=strategy, sources=self.tiers(name, section))
        if "sources" in section:
            raise self.error(f"{name}.sources", "given", 'sources only with strategy = "source_priority"')
        return replace(attribute, strategy=strategy)

    def tiers(self, name: str, section: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
        """The listed sources, each a tier, and the others together behind them."""
        key = f"{name}.sources"
        allowed = f"a list of some of {_listed(EVIDENCE_SOURCES)}, best first, each once"
        listed = section.get("sources")
        if not listed:
            raise self.error(key, "missing" if listed is None else "empty", allowed)
        if not isinstance(listed, list):
            raise self.error(key, _shown(listed), allowed)
        for place, source in enumerate(listed):
            if source not in EVIDENCE_SOURCES:
                raise self.error(f"{key}, item {place + 1},", _shown(source), allowed)
            if source in listed[:place]:
                raise self.error(f"{key}, item {place + 1},", f"{_shown(source)} again", allowed)
        others = tuple(source for source in EVIDENCE_SOURCES if source not in listed)
        return (*((source,) for source in listed), *((others,) if others else ()))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _shown(found: object) -> str:
    """What was found, on one line."""
    return repr(found) if isinstance(found, str) else str(found).replace("\n", " ")

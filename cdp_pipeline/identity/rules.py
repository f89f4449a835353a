"""The rules of identity that a user may change: limits, the largest cluster, blocked values, traits.

What is packaged stands, with its reasons, in `identity_rules.toml`; a user's file has the same shape and is laid over
it. How the rules are applied belongs to the modules that link, cut and match.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.values.placeholders import PlaceholderList, either, read_placeholders

_SECTIONS: Final = ("limits", "clusters", "blocked", "traits")

TRAITS: Final = ("birth_place", "occupation")
"""What is compared where a custom field is declared as such."""


class RulesError(ValueError):
    """A rule that cannot be used; the message is one line for the person who wrote it."""


@dataclass(frozen=True)
class IdentityRules:
    """The rules in force.

    Attributes:
        blocked: By kind of identifier, the values that are nobody's.
        placeholders: The same, and what are no names, births and record ids: what all of the pipeline asks.
        limits: By kind, how many different people may hold one identifier.
        cluster_limit: How many records a person may have before the cluster is cut.
        traits: By object type and trait, the custom fields that tell it, as `container.key`; empty for none.
    """

    blocked: Mapping[str, PlaceholderList]
    placeholders: Mapping[str, PlaceholderList]
    limits: Mapping[str, int]
    cluster_limit: int
    traits: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


def read_rules(path: Path | None) -> IdentityRules:
    """The packaged rules with those of a user's file laid over them; blocked values are added to the packaged ones.

    Raises:
        RulesError: The file cannot be read, or one of its rules cannot be used. It names the file and the key, says
            what was found and what is allowed, and shows no blocked value, which may be somebody's number.
    """
    return _rules(str(path), None if path is None else _content(path))


@lru_cache(maxsize=4)
def _rules(path: str, content: bytes | None) -> IdentityRules:
    """The rules of a file of this content; every day that is read asks for them, and trying all patterns takes long."""
    packaged = resources.files("cdp_pipeline.identity").joinpath("identity_rules.toml").read_text(encoding="utf-8")
    defaults = tomllib.loads(packaged)
    own = {} if content is None else _parsed(path, content)
    reader = _Reader(path)
    reader.allow("", own, _SECTIONS)
    sections = {name: reader.table(name, own.get(name, {})) for name in _SECTIONS}
    kinds = tuple(defaults["limits"])
    reader.allow("limits.", sections["limits"], kinds)
    reader.allow("clusters.", sections["clusters"], ("largest",))
    packaged_lists = read_placeholders()
    reader.allow("blocked.", sections["blocked"], tuple(packaged_lists))
    placeholders = {
        kind: reader.blocked(f"blocked.{kind}", sections["blocked"].get(kind, {}), lists)
        for kind, lists in packaged_lists.items()
    }
    limits = {kind: reader.count(f"limits.{kind}", limit) for kind, limit in sections["limits"].items()}
    largest = {**defaults["clusters"], **sections["clusters"]}["largest"]
    return IdentityRules(
        blocked={kind: lists for kind, lists in placeholders.items() if kind in kinds},
        placeholders=placeholders,
        limits={**defaults["limits"], **limits},
        cluster_limit=reader.count("clusters.largest", largest),
        traits=reader.traits(sections["traits"]),
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RulesError(f"{path}: the file cannot be read ({error.strerror}); allowed: a TOML file.") from None


def _parsed(path: str, content: bytes) -> dict[str, Any]:
    try:
        # Editors of some systems write a byte order mark, which TOML does not know.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RulesError(f"{path}: the file is not UTF-8; allowed: a TOML file in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{path}: the file is no TOML ({error}); allowed: a TOML file.") from None


def _described(found: object) -> str:
    """A found value for a message: a number or truth value as it is, of anything else only what it is."""
    kinds = {str: "a text", list: "a list", dict: "a section", float: "a decimal number"}
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, int | float) else kinds.get(type(found), f"a {type(found).__name__}")


@dataclass(frozen=True)
class _Reader:
    """Reads the values of one file, whose name stands in every message."""

    file: str

    def error(self, key: str, found: str, allowed: str) -> RulesError:
        return RulesError(f"{self.file}: {key} is {found}; allowed: {allowed}.")

    def allow(self, prefix: str, found: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
        """Refuse a key that is not known, lest a mistyped rule be taken for one in force."""
        for name in found:
            if name not in allowed:
                raise self.error(f"{prefix}{name}", "no rule", ", ".join(f"{prefix}{known}" for known in allowed))

    def table(self, key: str, found: object) -> dict[str, Any]:
        if not isinstance(found, dict):
            raise self.error(key, _described(found), f"a section, written [{key}]")
        return found

    def count(self, key: str, found: object) -> int:
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise self.error(key, _described(found), "a whole number of at least 1")
        return found

    def blocked(self, key: str, found: object, packaged: PlaceholderList) -> PlaceholderList:
        """The packaged lists of one kind with those found behind them."""
        lists = self.table(key, found)
        self.allow(f"{key}.", lists, ("values", "patterns"))
        values = self.texts(f"{key}.values", lists.get("values", []))
        patterns = self.texts(f"{key}.patterns", lists.get("patterns", []))
        for number, pattern in enumerate(patterns, start=1):
            self.runs(f"{key}.patterns, item {number},", pattern)
        every = PlaceholderList((*packaged.values, *values), (*packaged.patterns, *patterns))
        if patterns:
            self.runs(f"{key}.patterns, all items together,", either(every.patterns))
        return every

    def traits(self, found: Mapping[str, Any]) -> dict[str, dict[str, tuple[str, ...]]]:
        """The custom fields of each object type that tell a trait."""
        own = tuple(e.object_type for e in ENTITIES if e.role == "person" and e.has_custom_fields)
        self.allow("traits.", found, own)
        declared = {}
        for object_type, traits in found.items():
            key = f"traits.{object_type}"
            self.allow(f"{key}.", self.table(key, traits), TRAITS)
            declared[object_type] = {trait: self.fields(f"{key}.{trait}", names) for trait, names in traits.items()}
        return declared

    def fields(self, key: str, found: object) -> tuple[str, ...]:
        """Custom fields, each with its container in front."""
        names = self.texts(key, found)
        for number, name in enumerate(names, start=1):
            if not all(name.partition(".")):
                allowed = "a custom field with its container, such as 'customFieldTexts.customField01'"
                raise self.error(f"{key}, item {number},", "a text without them", allowed)
        return names

    def texts(self, key: str, found: object) -> tuple[str, ...]:
        if not isinstance(found, list):
            raise self.error(key, _described(found), "a list of texts")
        for number, text in enumerate(found, start=1):
            if not isinstance(text, str) or not text:
                problem = "empty" if text == "" else _described(text)
                raise self.error(f"{key}, item {number},", problem, "a text of at least one letter, in quotes")
        return tuple(found)

    def runs(self, key: str, pattern: str) -> None:
        """Refuse a pattern that Polars cannot run as it is used, or that matches everything."""
        allowed = "a regular expression as Polars knows them (no look-around, no back-references)"
        try:
            pl.Series([""]).str.contains(pattern)
            matches = pl.Series(["", "an7", "\N{SNOWMAN}"]).str.contains(either((pattern,)))
        except pl.exceptions.ComputeError as error:
            # The message repeats the pattern, which may hold somebody's number; its verdict does not.
            said = re.search(r"^(?:error|regex error): (?!regex parse error)(.+)$", str(error), re.MULTILINE)
            why = said[1] if said else "refused"
            raise self.error(key, f"not understood ({why})", allowed) from None
        if matches.all():
            raise self.error(key, "true of every value", "a pattern that some values do not match, such as '^000'")

"""The rules of identity that a user may change: limits, the largest cluster, blocked values, traits.

The packaged rules and their reasons are in `identity_rules.toml`; a user's file has the same sections and is merged
over them. Applying the rules belongs to the modules that link, cut and match.
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
"""The attributes that are compared if the rules declare custom fields for them."""


class RulesError(ValueError):
    """An invalid rule; the message is one line for its author."""


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


def read_rules(path: Path | None) -> IdentityRules:
    """Read the packaged rules and merge a user's file over them; its blocked values are added to the packaged ones.

    Raises:
        RulesError: The file cannot be read, or one of its rules is invalid. The message names the file, the key, what
            was found and what is allowed. It contains no blocked value, which may be a person's number.
    """
    return _rules(str(path), None if path is None else _content(path))


@lru_cache(maxsize=4)
def _rules(path: str, content: bytes | None) -> IdentityRules:
    """Parse and cache the rules: each day that is read uses them, and validating all patterns is slow."""
    packaged = resources.files("cdp_pipeline.identity").joinpath("identity_rules.toml").read_text(encoding="utf-8")
    defaults = tomllib.loads(packaged)
    user_rules = {} if content is None else _parsed(path, content)
    reader = _Reader(path)
    reader.allow("", user_rules, _SECTIONS)
    sections = {name: reader.table(name, user_rules.get(name, {})) for name in _SECTIONS}
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
        # Some editors write a byte order mark, which TOML does not allow.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RulesError(f"{path}: the file is not UTF-8; allowed: a TOML file in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{path}: the file is no TOML ({error}); allowed: a TOML file.") from None


def _described(found: object) -> str:
    """A found value for a message: the value of a number or boolean, the type of anything else."""
    kinds = {str: "a text", list: "a list", dict: "a section", float: "a decimal number"}
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, int | float) else kinds.get(type(found), f"a {type(found).__name__}")


@dataclass(frozen=True)
class _Reader:
    """Reads and validates the values of one file; every message names the file."""

    file: str

    def error(self, key: str, found: str, allowed: str) -> RulesError:
        return RulesError(f"{self.file}: {key} is {found}; allowed: {allowed}.")

    def allow(self, prefix: str, found: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
        """Refuse an unknown key, so that a mistyped rule is not ignored silently."""
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
        """The packaged lists of one kind followed by the user's."""
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
        """The declared custom fields by object type and trait."""
        object_types = tuple(e.object_type for e in ENTITIES if e.role == "person" and e.has_custom_fields)
        self.allow("traits.", found, object_types)
        declared = {}
        for object_type, traits in found.items():
            key = f"traits.{object_type}"
            self.allow(f"{key}.", self.table(key, traits), TRAITS)
            declared[object_type] = {trait: self.fields(f"{key}.{trait}", names) for trait, names in traits.items()}
        return declared

    def fields(self, key: str, found: object) -> tuple[str, ...]:
        """Custom fields in the form `container.key`."""
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
        """Refuse a pattern that Polars cannot run, or that matches every value."""
        allowed = "a regular expression as Polars knows them (no look-around, no back-references)"
        try:
            pl.Series([""]).str.contains(pattern)
            matches = pl.Series(["", "an7", "\N{SNOWMAN}"]).str.contains(either((pattern,)))
        except pl.exceptions.ComputeError as error:
            # The message repeats the pattern, which may contain a person's number; the reason after `error:` does not.
            reason = re.search(r"^(?:error|regex error): (?!regex parse error)(.+)$", str(error), re.MULTILINE)
            why = reason[1] if reason else "refused"
            raise self.error(key, f"not understood ({why})", allowed) from None
        if matches.all():
            raise self.error(key, "true of every value", "a pattern that some values do not match, such as '^000'")

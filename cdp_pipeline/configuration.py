"""A user's TOML files, read into Pydantic models, and the one error for files and settings that cannot be used.

The allowed content of a file is declared in its model, a `Section` in the module that uses it. Settings are read in
`settings.py`.
"""

import json
import re
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from cdp_pipeline.values.nearest_name import nearest_names

_Model = TypeVar("_Model", bound="Section")

_TYPES = {type(None): "missing", str: "a text", list: "a list", dict: "a section"}

_ALLOWED = {
    "date_from_datetime_parsing": "a date, such as 2026-11-16",
    "dict_type": "a section, written [{key}]",
    "greater_than_equal": "a number of at least {ge}",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "less_than_equal": "a number of at most {le}",
    "model_type": "a section, written [{key}]",
    "path_not_directory": "the path of a folder that exists",
    "path_not_file": "the path of a file that exists",
    "string_too_short": "a text of at least one letter",
    "string_type": "a text, in quotes",
    "tuple_type": "a list of texts, in square brackets",
}
"""By type of Pydantic's error what is allowed, where its own message speaks of Python."""


class ConfigurationError(ValueError):
    """A setting or file that cannot be used: one line with the place, what was found there and what is allowed."""


class WrongValueError(ValueError):
    """A refused value: the allowed ones, the found one, and the keys from the validated value down to it."""

    def __init__(self, allowed: str, found: str | None = None, *below: str | int) -> None:
        super().__init__(allowed)
        self.allowed, self.found, self.below = allowed, found, below

    def of(self, file: str) -> ConfigurationError:
        """The error of a file that is parsed already; the keys lead from its top."""
        return ConfigurationError(f"{file}: {_path(self.below)} is {self.found}; allowed: {self.allowed}.")


class Section(BaseModel):
    """A table of a TOML file; an unknown key is refused, as a mistyped rule would have no effect."""

    model_config = ConfigDict(frozen=True)
    further_keys: ClassVar[Collection[str]] = ()

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, table: object) -> object:
        return refuse_unknown_keys(table, (*cls.model_fields, *cls.further_keys))


def refuse_unknown_keys(table: object, known: Collection[str]) -> object:
    """The table as it is; a `WrongValueError` where it has a key that is not known."""
    for key in table if isinstance(table, dict) else ():
        if key not in known:
            raise not_among("unknown", key, known, key)
    return table


def one_of(known: Collection[str]) -> BeforeValidator:
    """For a field that is one of some texts."""

    def check(value: object) -> object:
        if value not in known:
            raise not_among(_shown(value, quoted=True), str(value), known)
        return value

    return BeforeValidator(check)


def not_among(found: str, name: str, known: Collection[str], *below: str | int) -> WrongValueError:
    """The error of an unknown name, with the nearest known one."""
    near = nearest_names(name, known)
    return WrongValueError(", ".join(known), f"{found} (did you mean {near[0]}?)" if near else found, *below)


def read_bytes(path: Path) -> bytes:
    """The content of a user's file; a `ConfigurationError` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: the file cannot be read ({error.strerror}); allowed: a TOML file.") from None


def parse(file: str, content: bytes, model: type[_Model]) -> _Model:
    """The content of a TOML file; a byte order mark, which some editors write and TOML does not know, is skipped.

    Raises:
        ConfigurationError: It is no TOML, or part of it is not allowed; a sentence per fault. A text is quoted
            only where it should have been one of a closed list, as it may be a person's number.
    """
    try:
        return model.model_validate(tomllib.loads(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: the file is not UTF-8; allowed: a TOML file in UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{file}: the file is not TOML ({error}); allowed: a TOML file.") from None
    except ValidationError as error:
        raise ConfigurationError(f"{file}: {' '.join(map(_sentence, error.errors()))}") from None


def allowed_by(problem: ErrorDetails) -> str:
    """What is allowed in place of what Pydantic refused."""
    context = problem.get("ctx", {})
    if isinstance(error := context.get("error"), ValueError):
        return str(error)
    if words := _ALLOWED.get(problem["type"]):
        return words.format(key=_path(problem["loc"]), **context)
    return problem["msg"].removeprefix("Input should be ")


def _sentence(problem: ErrorDetails) -> str:
    error = problem.get("ctx", {}).get("error")
    found, below = (error.found, error.below) if isinstance(error, WrongValueError) else (None, ())
    found = found or _shown(problem["input"], quoted=problem["type"] == "literal_error")
    return f"{_path((*problem['loc'], *below))} is {found}; allowed: {allowed_by(problem)}."


def _path(keys: Iterable[str | int]) -> str:
    """The keys as TOML writes them, and places in lists counted from 1."""
    path = ""
    for key in keys:
        if isinstance(key, int):
            path += f", item {key + 1},"
        else:
            path += f".{key if re.fullmatch('[A-Za-z0-9_-]+', key) else json.dumps(key, ensure_ascii=False)}"
    return path.removeprefix(".")


def _shown(found: object, *, quoted: bool) -> str:
    """A found value for a message: a number or truth value as it is, of anything else only what it is."""
    if isinstance(found, bool | int | float):
        return json.dumps(found)
    if quoted and isinstance(found, str):
        return repr(found)
    return "empty" if found == "" else _TYPES.get(type(found), f"a {type(found).__name__}")

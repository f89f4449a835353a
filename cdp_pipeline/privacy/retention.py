"""How long what is kept of people stays, by layer and entity, as `retention.toml` defines; without a file, for good.

    retention.toml -> for a day of an entity: the last date that is kept

What is removed, and when a run does it, belongs to `pipeline/retention.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from cdp_pipeline.configuration import Section, WrongValueError, parse, read_bytes, refuse_unknown_keys
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.privacy.deadlines import months_after

Layer = Literal["records", "rejected", "reports", "exports"]
"""What has a period of its own; all but the exports by entity."""

_DEFAULT: Final = "default"
_FOREVER: Final = "forever"
_KEYS: Final = (_DEFAULT, *(entity.name for entity in ENTITIES))
_PERIOD: Final = re.compile(r"(?P<count>[1-9]\d{0,2}) (?P<unit>day|month|year)s?")
_MONTHS: Final = {"month": 1, "year": 12}


@dataclass(frozen=True)
class Keeping:
    """A period as it was written, such as `2 years`."""

    count: int
    unit: str

    def cutoff(self, today: date) -> date:
        """The oldest date that is kept; of a month without that day, its last one."""
        if self.unit == "day":
            return today - timedelta(days=self.count)
        return months_after(today, -self.count * _MONTHS[self.unit])

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'s' if self.count > 1 else ''}"


def _kept(text: object) -> object:
    if text == _FOREVER:
        return None
    found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise WrongValueError('a period such as "15 days", "1 month" or "2 years", or "forever"', repr(text))
    return Keeping(int(found["count"]), found["unit"])


_Period = Annotated[Keeping | None, BeforeValidator(_kept)]
_ByEntity = Annotated[dict[str, _Period], BeforeValidator(lambda table: refuse_unknown_keys(table, _KEYS))]


class _File(Section):
    """A whole file."""

    exports: _Period = None
    records: _ByEntity = Field(default_factory=dict)
    rejected: _ByEntity = Field(default_factory=dict)
    reports: _ByEntity = Field(default_factory=dict)


@dataclass(frozen=True)
class Retention:
    """The periods in force; a layer or entity without one is kept for good.

    Attributes:
        exports: Of archives that `cdp request export` wrote.
        records: By entity, of records, counted from the drop date of their newest version.
        rejected: By entity, of rejected rows, counted from their drop date.
        reports: By entity, of the report of a day that has no rows left.
    """

    exports: Keeping | None = None
    records: Mapping[str, Keeping | None] = field(default_factory=dict)
    rejected: Mapping[str, Keeping | None] = field(default_factory=dict)
    reports: Mapping[str, Keeping | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any((self.exports, *self.records.values(), *self.rejected.values(), *self.reports.values()))

    def of(self, layer: Literal["records", "rejected", "reports"], entity: Entity) -> Keeping | None:
        """How long the layer of an entity is kept; None for good."""
        periods: Mapping[str, Keeping | None] = getattr(self, layer)
        return periods.get(entity.name, periods.get(_DEFAULT))


def read_retention(path: Path | None) -> Retention:
    """The periods of a user's file; none without a file.

    Raises:
        ConfigurationError: The file cannot be used; the message names the place and what is allowed.
    """
    if path is None:
        return Retention()
    given = parse(str(path), read_bytes(path), _File)
    return Retention(given.exports, given.records, given.rejected, given.reports)

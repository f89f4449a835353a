"""Arguments of the command line: drop dates and object types; a misspelt one is answered by the nearest."""

import re
from datetime import UTC, date, datetime
from typing import NoReturn

import click

from cdp_pipeline.values.nearest_name import nearest_names

_WRITTEN = ("%Y%m%d", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
"""Other ways in which people write dates, the day before the month as here."""


class DropDate(click.ParamType[date]):
    """The type of an option that takes a drop date, or another date by its name."""

    name = "YYYY-MM-DD"

    def __init__(self, what: str = "drop date") -> None:
        self._what = what

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Give the date.

        Raises:
            click.BadParameter: It is none, or is written otherwise; the message names the one that was meant.
        """
        if isinstance(value, date):
            return value
        text = str(value)
        meant = next(filter(None, (_read(text, written) for written in _WRITTEN)), None)
        if meant is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            self._refuse(text, meant, param, ctx)
        return meant

    def _refuse(
        self, text: str, meant: date | None, param: click.Parameter | None, ctx: click.Context | None
    ) -> NoReturn:
        proposed = f"; did you mean {meant}?" if meant else ", such as 2026-11-16."
        self.fail(f"'{text}' is not a {self._what}; expected YYYY-MM-DD{proposed}", param, ctx)


def _read(text: str, written: str) -> date | None:
    try:
        return datetime.strptime(text, written).replace(tzinfo=UTC).date()
    except ValueError:
        return None


class ObjectType(click.ParamType[str]):
    """The type of an option that takes an object type; the entities are declared when one is given, not for --help."""

    name = "OBJECT-TYPE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the object type.

        Raises:
            click.BadParameter: There is none of that name; the message names the nearest, or all.
        """
        from cdp_pipeline.entities.registry import BY_OBJECT_TYPE

        text = str(value)
        if text not in BY_OBJECT_TYPE:
            near = nearest_names(text.lower().replace("_", "-"), BY_OBJECT_TYPE)
            proposed = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(BY_OBJECT_TYPE))}."
            self.fail(f"'{text}' is not an object type; {proposed}", param, ctx)
        return text

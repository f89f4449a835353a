"""The sheet on which one chunk of households is written: its days, its rows, and the person of each record.

A chunk has its own stream of random numbers, so chunks are independent and a data set of any size fits memory. Times
are epoch milliseconds; days are Vietnamese calendar days, which begin at 17:00 GMT of the day before.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.generator.people import Household, Person, Registrar
from cdp_pipeline.generator.words import Entry

HOUR = 3_600_000
DAY = 24 * HOUR
TIMEZONE_GMT = 7
NUMBERS_PER_CHUNK = 10_000_000


def local_midnight(day: date) -> int:
    """The timestamp at which this day begins in Vietnam."""
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY - TIMEZONE_GMT * HOUR


def as_rfc3339(timestamp: int) -> str:
    """The timestamp as MoeGo writes it."""
    return datetime.fromtimestamp(timestamp // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def filled(**fields: Any) -> Entry:
    """An entry of the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


class Sheet:
    """The records of the households of one chunk, with the chunk's streams of random numbers."""

    def __init__(
        self,
        seed: int,
        chunk: int,
        people: int,
        days: Sequence[date],
        takes_two: Callable[[str, str, int], bool] = lambda *_: False,
        busyness: float = 1.0,
    ) -> None:
        """Begin a chunk of a data set of that many people.

        `takes_two` is whether the file of an entity, system and day may hold a record twice; `busyness` how many times
        the usual number of activities and messages a person has.
        """
        self.draw = random.Random(f"{seed}:{chunk}").random
        # The households have a stream of their own, so that they do not depend on the days.
        self.draw_people = random.Random(f"{seed}:{chunk}:people").random
        self.midnights = [local_midnight(day) for day in days]
        self.last = len(days) - 1
        """The number of the last day; they are counted from 0."""
        self.registrar = Registrar(seed, people)
        self.people, self.takes_two, self.busyness = people, takes_two, busyness
        self.rows: Mapping[str, list[list[Entry]]] = {e.object_type: [[] for _ in days] for e in ENTITIES}
        """Entries by object type and day."""
        self.truth: list[tuple[Any, ...]] = []
        """The rows of the truth table; their dates are still numbers of days."""
        self._next = chunk * NUMBERS_PER_CHUNK
        self._open: list[int] = []

    def during(self, day: int) -> int:
        """A timestamp of that day, from six in the morning to ten at night."""
        return self.midnights[day] + 6 * HOUR + int(self.draw() * 16 * HOUR)

    def before(self, day: int, at_most_days: int, at_least_days: int = 0) -> int:
        """A timestamp some days before that day; near ones are likelier than far ones."""
        reach = self.draw() ** 2 * (at_most_days - at_least_days) + at_least_days
        return self.midnights[day] - int(reach * DAY) - 2 * HOUR

    def created(self, day: int, at_most_days: int) -> int:
        """When a record was made that arrives first on that day: on the day, or before the first day."""
        return self.before(day, at_most_days) if day == 0 else self.during(day)

    def day_from(self, day: int) -> int:
        """That day or a later one."""
        return day + int(self.draw() * (self.last + 1 - day))

    def times(self, usual: int) -> int:
        """How often an event with this usual frequency happens, by the data set's busyness; a fraction is drawn."""
        often = usual * self.busyness
        whole = int(often)
        return whole + (often > whole and self.draw() < often - whole)

    def maybe(self, share: float, **fields: Any) -> Entry:
        """The fields in that share of the cases, otherwise none."""
        return fields if self.draw() < share else {}

    def number(self) -> int:
        """A number that no other record of the data set has."""
        self._next += 1
        return self._next

    def put(self, object_type: str, day: int, entry: Entry) -> None:
        """Let a row arrive on that day."""
        self.rows[object_type][day].append(entry)

    def note(
        self, object_type: str, day: int, entry: Entry, person: Person | None, *, shares_phone: bool = False
    ) -> None:
        """Record the person of a record, once per record; `day` is the first it arrives on.

        `shares_phone` means that it holds the household's phone; whether another person really uses that phone too is
        known when the household is closed.
        """
        entity = BY_OBJECT_TYPE[object_type]
        company, system = entry.get("internalCompanyId") or entry["companyId"], entry.get("systemName", "MoeGo")
        source_id = entry[entity.by_name[entity.source_id].source]
        whose = (person.number, person.household.number) if person else (None, None)
        if person and shares_phone:
            self._open.append(len(self.truth))
            person.household.phone_users.add(person.number)
        self.truth.append((object_type, company, system, source_id, day, *whose, shares_phone))

    def close_household(self, household: Household) -> None:
        """Settle which records really share a phone: none when a single member used the household's."""
        for position in self._open if len(household.phone_users) < 2 else ():
            self.truth[position] = (*self.truth[position][:-1], False)
        self._open.clear()

"""The sheet on which one chunk of households is written: rows by entity and delivery day, and who they are about.

A chunk has its own stream of random numbers, so chunks are independent and a data set of any size fits memory.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator.people import Household, Person, Registrar
from cdp_pipeline.generator.timeline import Timeline

Entry = dict[str, Any]
"""One entry as a source system would send it, by the source's field names; fields without value are left out."""

NUMBERS_PER_CHUNK = 10_000_000


class Sheet:
    """The records of the households of one chunk.

    Attributes:
        draw: The chunk's stream of random numbers.
        draw_people: The stream its households come from, apart, so that they do not depend on the days.
        timeline: The delivery days.
        registrar: Who gives phones and addresses.
        people: How many people the whole data set has.
        rows: Entries by object type and day.
        truth: The columns of the truth table but the date, which is still a day's number here.
    """

    def __init__(
        self,
        seed: int,
        chunk: int,
        people: int,
        timeline: Timeline,
        registrar: Registrar,
        takes_two: Callable[[str, str, int], bool],
        busyness: float = 1.0,
    ) -> None:
        """Begin a chunk.

        Args:
            seed: The data set's.
            chunk: The chunk's number.
            people: People in the whole data set.
            timeline: The delivery days.
            registrar: Who gives phones and addresses.
            takes_two: Whether the file of an entity, system and day may hold a record twice.
            busyness: How many times the usual number of activities and messages a person has.
        """
        self.draw = random.Random(f"{seed}:{chunk}").random
        self.draw_people = random.Random(f"{seed}:{chunk}:people").random
        self.timeline = timeline
        self.registrar = registrar
        self.people = people
        self.takes_two = takes_two
        self.busyness = busyness
        self.rows: Mapping[str, list[list[Entry]]] = {e.object_type: [[] for _ in timeline.days] for e in ENTITIES}
        self.truth: tuple[list[Any], ...] = tuple([] for _ in range(8))
        self._next = chunk * NUMBERS_PER_CHUNK
        self._open: list[int] = []

    def times(self, usual: int) -> int:
        """How often an event with this usual frequency happens, by the data set's busyness; a fraction is drawn."""
        often = usual * self.busyness
        whole = int(often)
        return whole + (often > whole and self.draw() < often - whole)

    def number(self) -> int:
        """A number that no other record of the data set has."""
        self._next += 1
        return self._next

    def put(self, object_type: str, day: int, entry: Entry) -> None:
        """Let a row arrive on that day."""
        self.rows[object_type][day].append(entry)

    def note(
        self,
        object_type: str,
        day: int,
        entry: Entry,
        source_id: str,
        person: Person | None,
        *,
        shares_phone: bool = False,
    ) -> None:
        """Record the person of a record, once per record; `day` is the first it arrives on.

        `shares_phone` means that it holds the household's phone; whether another person really uses that phone too is
        known when the household is closed.
        """
        columns = self.truth
        columns[0].append(object_type)
        columns[1].append(entry.get("internalCompanyId") or entry["companyId"])
        columns[2].append(entry.get("systemName", "MoeGo"))
        columns[3].append(source_id)
        columns[4].append(day)
        if person is None:
            columns[5].append(None)
            columns[6].append(None)
        else:
            columns[5].append(person.number)
            columns[6].append(person.household.number)
            if shares_phone:
                self._open.append(len(columns[7]))
                person.household.phone_users.add(person.number)
        columns[7].append(shares_phone)

    def close_household(self, household: Household) -> None:
        """Settle which records really share a phone: none when a single member used the household's."""
        if len(household.phone_users) < 2:
            for position in self._open:
                self.truth[7][position] = False
        self._open.clear()

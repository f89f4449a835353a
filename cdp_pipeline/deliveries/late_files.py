"""landing folders -> the drop dates to run, each once per content, for the sensor; nothing is written.

A date's key holds the content of all its files, whether read already or not: it stays the same while a run reads them
one entity after the other. A number goes with it, as content may come back: a wrong file, and then the old one again.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Self

from cdp_pipeline.deliveries.day import DayWork, digest_of
from cdp_pipeline.deliveries.days import finished, work_of
from cdp_pipeline.deliveries.reports import newest_day_report
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.files import Landing, RawFile
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.settings import Settings

BYTES_AT_ONCE = 4 * 2**30
"""So much new content is digested per call, and at least one file: a sensor has a minute, a slow disk needs half."""


@dataclass(frozen=True)
class Asked:
    """What was last asked for a date: its content, the number of that request, and whether it is still open."""

    content: str
    number: int
    is_open: bool


@dataclass
class Memory:
    """What is kept from one call to the next: digests of files that no finished day tells, and what was asked for."""

    digests: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    asked: dict[str, Asked] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None) -> Self:
        """The memory as it was written; an empty one for null."""
        kept = json.loads(text) if text else {"digests": {}, "asked": {}}
        return cls(
            {file: (size, modified_ns, digest) for file, (size, modified_ns, digest) in kept["digests"].items()},
            {day: Asked(*asked) for day, asked in kept["asked"].items()},
        )

    def written(self) -> str:
        """The memory as text."""
        asked = {day: [a.content, a.number, a.is_open] for day, a in self.asked.items()}
        return json.dumps({"digests": self.digests, "asked": asked})


class _LaterError(Exception):
    """Enough was digested for one call."""


class _Digests:
    """Digests of files, from memory where they lie as they lay then."""

    def __init__(self, known: dict[str, tuple[int, int, str]], most_bytes: int) -> None:
        self._known = known
        self._left = most_bytes
        self.used: dict[str, tuple[int, int, str]] = {}

    def __call__(self, file: RawFile) -> str:
        size, modified_ns, digest = self._known.get(file.source_file, (-1, -1, ""))
        if (size, modified_ns) != (file.size, file.modified_ns):
            if self._left <= 0:
                raise _LaterError
            digest = digest_of(file)
            self._left -= file.size
        self.used[file.source_file] = (file.size, file.modified_ns, digest)
        return digest


def dates_to_run(
    lake: Lake,
    landing: Landing,
    entities: Collection[Entity],
    settings: Settings,
    partitions: Collection[str],
    memory: Memory,
    *,
    gave_up: Callable[[str], bool] = lambda _: False,
    most_bytes: int = BYTES_AT_ONCE,
) -> tuple[dict[str, str], Memory]:
    """The run key of each drop date with files that no finished run has read as they are now, and the new memory.

    The same content of a date has the same key until it was read. Misplaced files go with the newest partition.

    Args:
        lake: What was read.
        landing: What lies there.
        entities: The entities.
        settings: How files are read.
        partitions: The dates that can be run.
        memory: What the call before gave.
        gave_up: Whether the run of a key failed and is to be tried again, under a new one.
        most_bytes: How much content may be digested; dates that need more wait for the next call.
    """
    digests = _Digests(memory.digests, most_bytes)
    works: dict[str, list[DayWork]] = {}
    for entity in entities:
        for work in work_of(lake, landing, entity):
            works.setdefault(work.day, []).append(work)
    asked = dict(memory.asked)
    keys: dict[str, str] = {}
    for day in sorted(works):
        if day != UNDATED and day not in partitions:
            continue
        try:
            is_open = any(finished(lake, work, settings, digests) is None for work in works[day])
            content = _content(lake, works[day], digests) if is_open else ""
        except _LaterError:
            digests.used |= {f: memory.digests[f] for w in works[day] for f in _files(w) if f in memory.digests}
            continue
        before = asked.get(day)
        if is_open:
            if before is None:
                now = Asked(content, 1, is_open=True)
            elif before.is_open and before.content == content and not gave_up(_key(day, before)):
                now = before
            else:
                now = Asked(content, before.number + 1, is_open=True)
            asked[day], keys[day] = now, _key(day, now)
        elif before:
            asked[day] = Asked(before.content, before.number, is_open=False)
    misplaced = keys.pop(UNDATED, None)
    if misplaced and partitions and not keys:
        keys[max(partitions)] = misplaced
    return keys, Memory(digests.used, asked)


def _key(day: str, asked: Asked) -> str:
    return f"{day}:{asked.content}:{asked.number}"


def _content(lake: Lake, works: list[DayWork], digests: _Digests) -> str:
    lines = []
    for work in works:
        report = newest_day_report(lake, work.entity.name, work.day)
        then = {(f.source_file, f.size, f.modified_ns): f.digest for f in report.files} if report else {}
        for file in work.files:
            known = then.get((file.source_file, file.size, file.modified_ns))
            lines.append(f"{file.source_file}|{digests(file) if known is None else known}")
    return hashlib.blake2b("\n".join(sorted(lines)).encode(), digest_size=12).hexdigest()


def _files(work: DayWork) -> list[str]:
    return [file.source_file for file in work.files]

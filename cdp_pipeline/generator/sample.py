"""The committed sample in `data/raw`: three days of every entity, forty people, a family to follow, some bad rows.

`python -m cdp_pipeline.generator data/raw` writes it; the same bytes every time. `data/sample.toml` decides the files
and their bad rows, `data/sample_family.ndjson` holds the rows of the family: Nguyễn Thị Minh Anh, one person in six
systems, with her mobile (0903 118 264) spelled in as many ways, her husband and their daughter. The README and the
end-to-end test follow her.
"""

from datetime import date
from pathlib import Path
from typing import Any

import orjson

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.generator.dataset import write_people
from cdp_pipeline.generator.files import Broken, Row, WrongEnvelope
from cdp_pipeline.generator.flaws import spoils_of
from cdp_pipeline.generator.plan import Key, Plan
from cdp_pipeline.generator.sheet import Sheet
from cdp_pipeline.generator.words import Entry, read_text, read_toml


def write_sample(directory: Path) -> tuple[Path, ...]:
    """Write the sample below this folder and name its files; files of other names are left alone."""
    sample = read_toml("sample.toml")
    days, people = tuple(sample["days"]), sample["people"]
    by_key = {name: _by_key(sample[name]) for name in ("formats", "bad_rows", "paths", "resent")}
    plan = Plan(directory, days, by_key["formats"])
    sheet = Sheet(sample["seed"], 0, people, days, plan.takes_two)
    for line in read_text("sample_family.ndjson").splitlines():
        row = orjson.loads(line)
        sheet.put(row["object_type"], days.index(date.fromisoformat(row["drop_date"])), row["entry"])
    write_people(sheet, 0, people)
    written: list[Path] = []
    for key, entries in plan.split(sheet):
        rows: list[Row] = [*entries]
        for rule in by_key["bad_rows"].get(key, ()):
            rows.insert(len(rows) // 2, _bad_row(key[0], rule, entries))
        again: list[Row] = [*entries[: by_key["resent"].get(key, 0)]]
        for path, some in ((by_key["paths"].get(key, "{date}/{name}"), rows), ("{date}/{name}-again", again)):
            if some:
                file = plan.open(key, path)
                file.write(some)
                file.close()
                written += file.paths
    return tuple(sorted(written))


def _by_key(table: dict[str, list[Any]]) -> dict[Key, Any]:
    """A table of `data/sample.toml` by the files it describes."""
    names = ((name.partition("/"), by_day) for name, by_day in table.items())
    return {(object_type, system, day): v for (object_type, _, system), by_day in names for day, v in enumerate(by_day)}


def _bad_row(object_type: str, rule: str, entries: list[Entry]) -> Row:
    """A row that breaks the rule, made from the last entry that can: not from the family, which comes first.

    Raises:
        LookupError: No entry can break it; the sample must name another rule or day.
    """
    if rule == "unreadable":
        return Broken(entries[-1])
    if rule == "envelope":
        return WrongEnvelope(tuple(entries[-2:]))
    for name, spoil in spoils_of(BY_OBJECT_TYPE[object_type]):
        for entry in reversed(entries):
            if name == rule and entry.get("recordStatus") != "Deleted" and (bad := spoil(entry)) is not None:
                return bad
    raise LookupError(f"No {object_type} of the sample can break {rule}; name another rule or day in sample.toml.")

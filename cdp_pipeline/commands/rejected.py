"""`cdp rejected`: the rejected rows, also of a run that was stopped; masked on the screen, as sent in the export."""

import csv
import json
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from rich.console import Console

from cdp_pipeline.commands.cells import GUARDED, guarded_row
from cdp_pipeline.commands.printing import print_command, print_text
from cdp_pipeline.deliveries import RAW, count_rejected, read_rejected, rejected_object_types, was_anything_read
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.ingest import ENVELOPE, UNREADABLE
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake
from cdp_pipeline.values.display_text import count_of
from cdp_pipeline.values.mask import mask_contacts
from cdp_pipeline.values.nearest_name import nearest_names

PLACE = ("object_type", "drop_date", "source_file", "source_row", "entry_number")
"""The columns of the export that identify the row."""

_EXPORT = "repair.csv"
"""Where the printed commands export to: beside the page, whose folder holds personal data already."""

REASONS = ("settled", "rules", "message")
"""The columns of the export with the state of the row and its errors."""


def list_rejected(
    settings: Settings,
    entity: str | None,
    rule: str | None,
    day: date | None,
    limit: int,
    target: Path | None,
    out: Console,
    err: Console,
) -> int:
    """Print the newest rejected rows, or export all of them; returns the exit status: 2 if there is no such rule.

    The screen shows where a row lies and what is wrong with it, never the row itself; its messages are masked already.
    It ends with the commands by which the rows are repaired.
    """
    lake = Lake(settings.lake_dir)
    entities = tuple(e for e in ENTITIES if entity in (None, e.object_type))
    if rule is not None and rule not in (known := _rules(entities)):
        near = nearest_names(rule, sorted(known))
        print_text(
            err,
            f"There is no rule {rule}" + (f"; did you mean {near[0]}?" if near else f" of {entity or 'any entity'}."),
        )
        return 2
    if not was_anything_read(lake, ENTITIES):
        print_text(err, f"Nothing was read into {settings.lake_dir} yet; run the pipeline first.")
        return 1
    if target:
        count = export_rejected(lake, entities, rule, day, target)
        print_text(
            out,
            f"{count_of(count, 'rejected row')} as sent, unmasked, in {target}. Correct the columns of the fields, and "
            "save it as CSV UTF-8.",
        )
        print_command(out, f"repair {shlex.quote(str(target))}", "what would be put back; with --yes it is")
        return 0
    found = list(read_rejected(lake, entities, rule=rule, day=day, limit=limit))
    if not found:
        print_text(out, "No rejected rows.")
        return 0
    for file, rows in groupby(found, key=itemgetter("source_file")):
        _print_file(file, list(rows), out)
    total = count_rejected(lake, entities, rule=rule, day=day)
    if total > len(found):
        print_text(out, f"\nThe newest {len(found):,} of {total:,} rejected rows are shown; --limit shows more.")
    if settled := sum(bool(row["settled"]) for row in found):
        words = "is settled and needs" if settled == 1 else "are settled and need"
        print_text(out, f"\n{settled:,} of these {len(found):,} {words} no repair.")
    asked = {"--entity": entity, "--rule": rule, "--date": day and day.isoformat()}
    filters = "".join(f"{option} {shlex.quote(value)} " for option, value in asked.items() if value)
    print_text(out, "\nNext:")
    export = shlex.quote(str(settings.quality_page.with_name(_EXPORT)))
    print_command(out, f"rejected {filters}--csv {export}", "export all of them as sent, to be corrected")
    print_command(out, f"repair {export}", "what the corrected rows would be put back as")
    if file := next((row["source_file"] for row in found if _breaks_list(row)), None):
        path = shlex.quote(str(settings.raw_dir / file))
        print_command(out, f"check-file {path}", "the words outside a closed list, for a mapping")
    return 0


def _breaks_list(row: Mapping[str, Any]) -> bool:
    """Whether a field of the row, which no spreadsheet has to correct, holds a word outside its closed list."""
    lists = {f"value:{column.source}" for column in BY_OBJECT_TYPE[row["object_type"]].columns if column.allowed}
    return not row["settled"] and not lists.isdisjoint(row["rules"])


def _rules(entities: Sequence[Entity]) -> set[str]:
    """The names of all rules for which rows of entities can be rejected."""
    fields = (column.source for entity in entities for column in entity.columns)
    conditions = (check.name for entity in entities for check in entity.model.to_schema().checks)
    of_fields = {f"{kind}:{field}" for field in fields for kind in ("required", "type", "value", "format")}
    return of_fields | {f"condition:{name}" for name in conditions} | {UNREADABLE, ENVELOPE}


def _print_file(file: str, rows: Sequence[Mapping[str, Any]], out: Console) -> None:
    """The rows of a file below its name; a name or rule may be wider than the terminal, and is never broken."""
    day, times = rows[0]["drop_date"] or "no drop date", Counter(row["source_row"] for row in rows)
    print_text(out, f"\n{mask_contacts(file)} ({day})", style="bold")
    for row in rows:
        entry = f", entry {row['entry_number']}" if times[row["source_row"]] > 1 else ""
        settled = f" (settled: {row['settled']})" if row["settled"] else ""
        print_text(out, f"  row {row['source_row']}{entry}: {', '.join(row['rules'])}{settled}")
        for line in (row["message"] or "").splitlines():
            print_text(out, f"    {line}")


def export_rejected(lake: Lake, entities: tuple[Entity, ...], rule: str | None, day: date | None, target: Path) -> int:
    """Write the rejected rows as CSV, one column per field of their entities beside `raw`; returns how many.

    The file begins with a byte order mark, by which Excel knows UTF-8, and guards cells that begin like a formula, see
    `cells.py`. The fields of an unreadable row are empty.
    """
    found = rejected_object_types(lake, entities, rule=rule, day=day)
    fields = dict.fromkeys(c.source for e in entities if e.object_type in found for c in e.columns)
    count = 0
    with target.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, [*PLACE, *REASONS, *fields, RAW, GUARDED], restval="")
        writer.writeheader()
        for row in read_rejected(lake, entities, rule=rule, day=day):
            writer.writerow(guarded_row({name: _csv_text(cell) for name, cell in _exported(row).items()}))
            count += 1
    return count


def _exported(row: Mapping[str, Any]) -> dict[str, object]:
    fields = json.loads(row["fields"] or "{}")
    columns = BY_OBJECT_TYPE[row["object_type"]].columns
    return {
        **{name: row[name] for name in (*PLACE, *REASONS)},
        **{column.source: fields.get(column.name) for column in columns},
        RAW: row[RAW],
    }


def _csv_text(value: object) -> str:
    """A cell of the export; empty for None, a list as JSON."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)

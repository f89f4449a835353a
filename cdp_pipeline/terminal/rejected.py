"""`cdp rejected`: the rejected rows, also of a run that was stopped; masked on the screen, as sent in the export."""

import csv
import json
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cdp_pipeline.deliveries.rejections import read_rejected, was_anything_read
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.tables import REJECTED_RECORDS
from cdp_pipeline.settings import Settings
from cdp_pipeline.terminal.guarded_cells import GUARDED, guarded_row
from cdp_pipeline.terminal.printing import print_text, printable
from cdp_pipeline.values.mask import mask_contacts


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
    """Print the newest rejected rows, or export all of them; returns the exit status.

    The screen shows where a row lies and what is wrong with it, never the row itself; its messages are masked already.
    The export guards cells that begin like a formula, see `guarded_cells.py`.
    """
    lake = Lake(settings.lake_dir)
    entities = tuple(e for e in ENTITIES if entity in (None, e.object_type))
    if not was_anything_read(lake, ENTITIES):
        print_text(err, f"Nothing was read into {settings.lake_dir} yet; run the pipeline first.")
        return 1
    if target:
        count, names = 0, REJECTED_RECORDS.schema.names()
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [*names, GUARDED])
            writer.writeheader()
            for row in read_rejected(lake, entities, rule=rule, day=day):
                writer.writerow(guarded_row({name: _csv_text(row[name]) for name in names}))
                count += 1
        print_text(out, f"{count:,} rejected rows as sent, unmasked, in {target}.")
        return 0
    found = list(read_rejected(lake, entities, rule=rule, day=day, limit=limit + 1))
    if not found:
        out.print("No rejected rows.")
        return 0
    table = Table(show_lines=True)
    for name in ("drop date", "file", "row", "rules", "what is wrong"):
        table.add_column(name, overflow="fold")
    for row in found[:limit]:
        table.add_row(
            str(row["drop_date"] or "none"),
            printable(mask_contacts(row["source_file"])),
            str(row["source_row"]),
            "\n".join(map(printable, row["rules"])),
            printable(row["message"] or "", keep_lines=True),
        )
    out.print(table)
    if len(found) > limit:
        out.print(f"These are the newest {limit}; --limit shows more, --csv FILE exports all with the rows as sent.")
    return 0


def _csv_text(value: object) -> str:
    """A cell of the export; empty for None, a list as JSON."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)

"""`cdp rejected`: the rejected rows, masked on the screen, as sent in the export."""

import csv
import json
from datetime import date
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cdp_pipeline.profiles.tables import PUBLISHED_TABLES
from cdp_pipeline.serving.database import ServingError, reading
from cdp_pipeline.serving.read import read_rejected
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings

_EXPORTED = ("object_type", "drop_date", "source_file", "source_row", "entry_number", "rules", "message", "raw")


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
    """
    tables = database_tables(PUBLISHED_TABLES)
    try:
        with reading(settings.database_url) as connection:
            chosen = {"object_type": entity, "rule": rule, "since": day, "until": day}
            if target:
                rows = read_rejected(connection, tables, **chosen)  # type: ignore[arg-type]
                count = 0
                with target.open("w", newline="", encoding="utf-8") as file:
                    writer = csv.writer(file)
                    writer.writerow(_EXPORTED)
                    for row in rows:
                        cells = [row[name] for name in _EXPORTED]
                        writer.writerow([json.dumps(c) if isinstance(c, list) else c for c in cells])
                        count += 1
                out.print(f"{count:,} rejected rows as sent, unmasked, in {target}.", soft_wrap=True)
                return 0
            found = list(islice(read_rejected(connection, tables, **chosen, limit=limit + 1), limit + 1))  # type: ignore[arg-type]
    except ServingError as error:
        err.print(str(error), soft_wrap=True)
        return 1
    if not found:
        out.print("No rejected rows.")
        return 0
    table = Table(show_lines=True)
    for name in ("drop date", "file", "row", "rules", "what is wrong"):
        table.add_column(name, overflow="fold")
    for row in found[:limit]:
        table.add_row(
            str(row["drop_date"] or "none"),
            row["source_file"],
            str(row["source_row"]),
            "\n".join(row["rules"]),
            row["message"],
        )
    out.print(table)
    if len(found) > limit:
        out.print(f"These are the newest {limit}; --limit shows more, --csv FILE exports all with the rows as sent.")
    return 0

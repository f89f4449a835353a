"""The executor of exports: all rows of a person -> one archive with a JSON file and a page to read.

Tables, columns and their descriptions come from the declarations; which rows, and what of them concerns others, is in
`person_rows.py`.
"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from cdp_pipeline.current import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import Table
from cdp_pipeline.privacy.kinds import Context, Outcome
from cdp_pipeline.privacy.person_rows import PERSON, PersonRows, find_person_rows
from cdp_pipeline.privacy.private_files import PrivacyError, write_private
from cdp_pipeline.privacy.requests import Request, RequestLog
from cdp_pipeline.serving import Row, reading
from cdp_pipeline.values.display_text import visible

FOLDER: Final = "exports"
"""Below the folder of requests; each archive is to be removed once it was handed over. An erasure removes it too."""

JSON_NAME, PAGE_NAME = "person.json", "person.html"


@dataclass(frozen=True)
class Section:
    """A table of the archive: its name, what a row of it is, and its rows."""

    title: str
    about: str
    columns: Mapping[str, str]
    rows: Sequence[Row]


def export_person(request: Request, context: Context) -> Outcome:
    """Write the archive of the person of a request; called again, it writes it again."""
    with reading(context.database_url) as connection:
        found = find_person_rows(connection, context.tables, context.lake, context.entities, request.person_id)
    if not found.tables:
        raise PrivacyError(
            f"Nothing is published of {request.person_id} any more, so nothing was exported; expected a person id that "
            "`cdp show` finds. If the person was merged, make the request again by another key."
        )
    file = context.folder / FOLDER / f"{request.request_id}.zip"
    write_private(file, archive(request, found, context.tables, context.entities, datetime.now(UTC)))
    counts = {name: len(rows) for name, rows in found.tables.items()}
    counts |= {f"current/{object_type}": len(rows) for object_type, rows in found.records.items()}
    return Outcome(
        f"Written: {file}. It holds personal data in full: hand it over by a safe way, and remove the file then.",
        "done",
        tables={name: (count, count) for name, count in counts.items()},
    )


def export_archives(log: RequestLog, folder: Path) -> list[tuple[Path, datetime]]:
    """All archives that are there, with when their request was done; when the file was written if the log lacks it."""
    requests = {request.request_id: request for request in log.requests()}
    found = []
    for file in sorted((folder / FOLDER).glob("*.zip")):
        request = requests.get(file.stem)
        at = request.closed_at if request else None
        found.append((file, at or datetime.fromtimestamp(file.stat().st_mtime, UTC)))
    return found


def archives_of(log: RequestLog, folder: Path, person_id: str) -> list[Path]:
    """The archives of a person that are still there, by the exports in the log."""
    files = (folder / FOLDER / f"{r.request_id}.zip" for r in log.requests() if r.person_id == person_id)
    return [file for file in files if file.exists()]


def archive(
    request: Request, found: PersonRows, tables: Sequence[Table], entities: Sequence[Entity], made_at: datetime
) -> bytes:
    """The bytes of the archive.

    Args:
        request: The request that it answers.
        found: The person's rows.
        tables: The published tables, for names and descriptions.
        entities: The entities, for those of the current records.
        made_at: When it is made.
    """
    # The person first, then what hangs on them.
    in_order = sorted(tables, key=lambda table: table.key != (PERSON,))
    published = [_section(table.name, table, found.tables.get(table.name, ())) for table in in_order]
    records = [_section(e.object_type, current_table(e), found.records.get(e.object_type, ())) for e in entities]
    content = {
        "request": {
            "request_id": request.request_id,
            "received_on": request.received_on,
            "made_at": made_at,
            "code_version": version("cdp_pipeline"),
        },
        "person_id": found.person_id,
        "tables": {section.title: _as_json(section) for section in published if section.rows},
        "records": {section.title: _as_json(section) for section in records if section.rows},
        "deliveries": found.deliveries,
        "rejected_rows_with_an_identifier": found.rejected,
    }
    page = _environment().get_template(PAGE_NAME).render(
        request=request,
        made_at=_text(made_at),
        sections=[section for section in (*published, *records) if section.rows],
        deliveries=found.deliveries,
        rejected=found.rejected,
    )  # fmt: skip
    texts = {JSON_NAME: json.dumps(content, ensure_ascii=False, indent=1, default=_plain), PAGE_NAME: page}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        for name, text in texts.items():
            entry = zipfile.ZipInfo(name, made_at.timetuple()[:6])
            # What is unpacked is its owner's alone too.
            entry.external_attr = 0o600 << 16
            zipped.writestr(entry, text.encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _section(title: str, table: Table, rows: Sequence[Row]) -> Section:
    described = {column.name: column.description for column in table.columns}
    return Section(title, table.description, described, rows)


def _as_json(section: Section) -> dict[str, Any]:
    present = {name: about for name, about in section.columns.items() if any(name in row for row in section.rows)}
    return {"description": section.about, "columns": present, "rows": section.rows}


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"A cell is {type(value).__name__}, which has no form in JSON; add one to privacy/export.py.")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("cdp_pipeline.privacy"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(text=_text, words=lambda name: visible(str(name)).replace("_", " "))
    return made


def _text(value: Any) -> str:
    """A cell as text to read: flags as yes and no, lists with commas, timestamps to the minute."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{visible(str(name))}: {_text(item)}" for name, item in value.items())
    return visible(str(value))

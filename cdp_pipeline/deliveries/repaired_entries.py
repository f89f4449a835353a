"""A rejected row and its corrections -> the JSON line that puts it back and names the row.

Content without a column (custom fields, unknown keys, envelope values) is copied as it was sent.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cdp_pipeline.deliveries.rejections import RAW
from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.ingest import REPAIRS, UnreadableEntryError, as_json, parse
from cdp_pipeline.values.spreadsheet_text import iso_date

DATES = (kinds.BIRTH_DATE, kinds.BIRTH_TIMESTAMP, kinds.EVENT_TIMESTAMP, kinds.PERIOD_TIMESTAMP)
"""The kinds of columns that hold dates."""


class RowError(Exception):
    """The row is not put back; the message gives the reason and what to do."""


def entry_of_raw(text: str, name: str) -> str:
    """The line of a row whose text was corrected.

    Raises:
        RowError: The text is no JSON object.
    """
    try:
        value = parse(text)
    except UnreadableEntryError as error:
        raise RowError(
            f"{RAW} is not a JSON entry: {error} Correct it, or fill the columns of the fields instead."
        ) from None
    if not isinstance(value, dict):
        raise RowError(f"{RAW} is not a JSON object. Correct it, or fill the columns of the fields instead.")
    for entry in value["entries"] if isinstance(value.get("entries"), list) else [value]:
        if isinstance(entry, dict):
            entry[REPAIRS] = name
    return as_json(value)


def entry_of_fields(entity: Entity, name: str, fields: Mapping[str, Any], corrections: Mapping[str, str]) -> str:
    """The line of a row with its corrected cells in place of those that were sent.

    Args:
        entity: The entity of the row.
        name: The name of the rejected row, see `settled.py`.
        fields: Its cells by column, as stored with the rejected row.
        corrections: The new cells by source name; an empty one removes the field.
    """
    entry: dict[str, Any] = {}
    structured = fields.get("structured") or []
    for column in entity.columns:
        text = str(fields.get(column.name, ""))
        if column.source in corrections:
            found = corrections[column.source].strip()
            text = iso_date(found) if column.kind in DATES else found
        if text:
            entry[column.source] = _value(text, column, is_structured=column.name in structured)
    for container in ("custom_fields", "extra"):
        if fields.get(container):
            entry |= parse(fields[container])
    entry[REPAIRS] = name
    if not fields.get("envelope_source") and not fields.get("ignored_update_cfs"):
        return as_json(entry)
    envelope = {
        "objectType": entity.object_type,
        "source": fields.get("envelope_source"),
        "ignoredUpdateCfs": fields.get("ignored_update_cfs"),
        "entries": [entry],
    }
    return as_json({name: value for name, value in envelope.items() if value is not None})


def _value(text: str, column: Column, *, is_structured: bool) -> Any:  # Any: what JSON has.
    """A cell as a JSON value: lists and structures if their text is JSON, otherwise text."""
    if is_structured or column.kind == kinds.STRUCTURE or isinstance(column.kind.dtype, pl.List):
        try:
            return parse(text) if text.startswith(("[", "{")) else text
        except UnreadableEntryError:
            return text
    return text

"""Where each value of a person's profile comes from, a line per attribute, from the published rows of the person.

A contested attribute has its values in `profile_values`; of any other the profile, or the table of contacts or
addresses, names the record. A value that was corrected on request names the request.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from cdp_pipeline.commands.cells import ADDRESS, address_text, cell, day_of
from cdp_pipeline.profiles.golden import (
    ATTRIBUTES,
    CHILD_ATTRIBUTES,
    PROFILE_CORRECTIONS,
    PROFILE_VALUES,
    PROFILES,
    Attribute,
)
from cdp_pipeline.serving import Row
from cdp_pipeline.values.display_text import count_of


def origins(rows: Mapping[str, Sequence[Row]], unmask: bool) -> Iterator[str]:
    """A line per value of the profile whose record or correction is known, in the order of the declared attributes.

    Args:
        rows: The published rows of one person by table.
        unmask: Whether personal data may be read in full.
    """
    records = {row["record_key"]: row for row in rows.get("profile_records", ())}
    for attribute in (*ATTRIBUTES, *CHILD_ATTRIBUTES):
        values, corrections = (
            [row for row in rows.get(table, ()) if row["attribute"] == attribute.name]
            for table in (PROFILE_VALUES.name, PROFILE_CORRECTIONS.name)
        )
        if corrections:
            lines = _corrected(attribute, corrections, values, rows, unmask)
        elif values:
            lines = _contested(attribute, values, records, unmask)
        else:
            lines = _uncontested(attribute, rows, records, unmask)
        word = attribute.name.replace("_", " ")
        yield from (f"{word}: {line}" for line in lines)


def _corrected(
    attribute: Attribute,
    corrections: Sequence[Row],
    values: Sequence[Row],
    rows: Mapping[str, Sequence[Row]],
    unmask: bool,
) -> Iterator[str]:
    (profile,) = rows[PROFILES.name]
    requests = dict.fromkeys(f"request {row['request_id']} on {day_of(row['corrected_at'])}" for row in corrections)
    lost = sum(1 for row in values if not row["is_winner"])
    notes = [f"corrected by {' and '.join(requests)}", f"{count_of(lost, 'sent value')} lost" if lost else ""]
    yield f"{_text(attribute, profile, unmask) or 'none'} ({'; '.join(note for note in notes if note)})"


def _contested(attribute: Attribute, values: Sequence[Row], records: Mapping[str, Row], unmask: bool) -> Iterator[str]:
    lost = sum(1 for row in values if not row["is_winner"])
    for row in sorted(values, key=lambda r: str(r["value_hash"])):
        if row["is_winner"]:
            source = records.get(row["record_key"])
            notes = [
                f"from {_named(source, unmask)}" if source else "",
                row["strategy"].replace("_", " "),
                f"in {count_of(row['record_count'], 'record')}",
                f"{count_of(lost, 'other value')} lost" if lost else "",
            ]
            yield f"{_value(attribute, row, unmask)} ({'; '.join(note for note in notes if note)})"


def _uncontested(
    attribute: Attribute, rows: Mapping[str, Sequence[Row]], records: Mapping[str, Row], unmask: bool
) -> Iterator[str]:
    (profile,) = rows["profiles"]
    source = records.get(_record_key(attribute, rows) or "")
    if source:
        value = _text(attribute, profile, unmask)
        seen = f"last seen {day_of(source['last_seen_at'])}"
        yield f"{value} (from {_named(source, unmask)}; {seen}; no record differs)"


def _record_key(attribute: Attribute, rows: Mapping[str, Sequence[Row]]) -> str | None:
    """The record of the profile's value: the profile names it, or the main row of a child table does."""
    if attribute in ATTRIBUTES:
        (profile,) = rows["profiles"]
        found: str | None = profile[attribute.record_key_column]
        return found
    if attribute.name == "address":
        of = list(rows.get("profile_addresses", ()))
    else:
        of = [row for row in rows.get("profile_contacts", ()) if attribute.name == f"primary_{row['kind']}"]
    return next((row["record_key"] for row in of if row["is_primary"]), None)


def _named(record: Row, unmask: bool) -> str:
    source_id = cell("profile_records", "source_id", record, unmask)
    return f"{record['object_type']} {source_id} of {record['system_name'] or 'no named system'}"


def _value(attribute: Attribute, row: Row, unmask: bool) -> str:
    """A value of `profile_values`, masked as the profile's own is: a group of columns is a JSON text of them."""
    if str(row["value"]).startswith("{"):
        return _text(attribute, json.loads(row["value"]), unmask)
    return _text(attribute, {attribute.column_names[0]: row["value"]}, unmask)


def _text(attribute: Attribute, values: Row, unmask: bool) -> str:
    """The columns of an attribute in one line: an address as all are written, a birth year not beside its date."""
    known = {name: values.get(name) for name in attribute.column_names}
    if known.get("birth_date"):
        known["birth_year"] = None

    def text(name: str) -> str:
        return cell("profiles", name, known, unmask)

    if set(ADDRESS) & set(known):
        return address_text(known, text)
    return ", ".join(filter(None, map(text, known)))

"""The committed sample in `data/raw`: three days of every entity, forty people, a family to follow, some bad rows.

`python -m cdp_pipeline.generator.sample data/raw` writes it; the same bytes every time. The family stands in
`sample_family`; this module adds other people, decides the files, and puts the bad rows in.
"""

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE, ENTITIES
from cdp_pipeline.generator.dataset import write_people
from cdp_pipeline.generator.flaws import spoils_of
from cdp_pipeline.generator.people import Registrar
from cdp_pipeline.generator.plan import SYSTEMS, Plan
from cdp_pipeline.generator.rows import Broken, Row, WrongEnvelope
from cdp_pipeline.generator.sample_family import write_family
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.timeline import Timeline

DAYS = (date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18))
PEOPLE = 40
SEED = 2125

FORMATS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("lead-information", ""): ("ndjson", "envelope files", "csv"),
    ("lead-status-history", ""): ("csv", "tsv", "ndjson"),
    ("customer-identity", "CRM"): ("csv", "ndjson", "csv"),
    ("customer-identity", "POS"): ("xlsx", "csv.gz", "ndjson"),
    ("customer-identity", "Website"): ("ndjson", "parquet", "json"),
    ("customer-relationship", ""): ("envelope files", "csv", "json"),
    ("customer-membership", ""): ("csv", "json", "xlsx"),
    ("customer-identity-address", ""): ("tsv", "ndjson", "csv"),
    ("customer-identity-email", ""): ("json", "csv", "ndjson"),
    ("customer-identity-photo", ""): ("csv", "ndjson", "csv"),
    ("customer-product-activity", ""): ("jsonl.gz", "parquet", "ndjson"),
    ("email-interaction", ""): ("parquet", "ndjson", "csv in UTF-16"),
    ("sms-interaction", ""): ("ndjson.zst", "csv", "tsv"),
    ("customer-product-comment", ""): ("envelopes", "ndjson", "csv"),
    ("customer-product-review", ""): ("ndjson", "xlsx", "csv"),
    ("customer-product-subscriber", ""): ("csv", "envelope files", "ndjson"),
    ("moego-lead", ""): ("lead pages", "lead pages", "lead pages"),
}
"""The format of each file by day."""

BAD_ROWS: Mapping[tuple[str, str, int], tuple[str, ...]] = {
    ("lead-information", "", 0): ("required:phone", "unreadable"),
    ("lead-status-history", "", 0): ("required:oldStatus",),
    ("customer-identity", "CRM", 0): ("unreadable", "condition:PHONE_OR_EMAIL"),
    ("customer-identity", "POS", 0): ("type:timezoneGmt",),
    ("customer-identity", "Website", 0): ("value:updatedAt",),
    ("customer-relationship", "", 0): ("required:relationship",),
    ("customer-membership", "", 0): ("condition:CUSTOMER_REF", "type:earnPoint"),
    ("customer-identity-address", "", 0): ("value:addressType", "condition:ADDRESS_MIN"),
    ("customer-identity-email", "", 0): ("format:email",),
    ("customer-product-activity", "", 0): ("type:quantity", "unreadable"),
    ("customer-product-activity", "", 1): ("value:actionAt",),
    ("sms-interaction", "", 1): ("format:phoneNumber", "value:recordStatus"),
    ("customer-product-comment", "", 0): ("envelope", "required:content"),
    ("customer-product-review", "", 2): ("type:rating",),
    ("customer-product-subscriber", "", 0): ("value:status",),
    ("moego-lead", "", 1): ("condition:PHONE_OR_EMAIL", "required:id"),
}
"""The rules that rows of a file break, one row each."""


PATHS: Mapping[tuple[str, str, int], str] = {("customer-identity-photo", "", 2): "{name}-{date}"}
"""A file that lies directly in the entity's folder, its date in its name."""

RESENT: Mapping[tuple[str, str, int], int] = {("customer-product-activity", "", 2): 3}
"""How many rows of a file a second one of the day repeats."""


def write_sample(directory: Path) -> tuple[Path, ...]:
    """Write the sample below this folder and name its files; files of other names are left alone."""
    formats = {(*of, day): name for of, names in FORMATS.items() for day, name in enumerate(names)}
    plan = Plan(directory, DAYS, formats)
    sheet = Sheet(SEED, 0, PEOPLE, Timeline.of(DAYS), Registrar(SEED, PEOPLE), plan.takes_two)
    write_family(sheet)
    write_people(sheet, 0, PEOPLE)
    written: list[Path] = []
    for entity in ENTITIES:
        object_type = entity.object_type
        for system in SYSTEMS if object_type == "customer-identity" else ("",):
            for day, rows in enumerate(sheet.rows[object_type]):
                mine = [row for row in rows if not system or row["systemName"] == system]
                if mine:
                    written += _write_file(plan, object_type, system, day, mine)
    return tuple(sorted(written))


def _write_file(plan: Plan, object_type: str, system: str, day: int, entries: list[Entry]) -> list[Path]:
    key = (object_type, system, day)
    rows: list[Row] = [*entries]
    for rule in BAD_ROWS.get(key, ()):
        rows.insert(len(rows) // 2, _bad_row(object_type, rule, entries))
    file = plan.open(*key, PATHS.get(key, "{date}/{name}"))
    file.write(rows)
    file.close()
    if key not in RESENT:
        return file.paths
    again = plan.open(*key, "{date}/{name}-again")
    again.write(entries[: RESENT[key]])
    again.close()
    return file.paths + again.paths


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
    raise LookupError(f"No {object_type} of the sample can break {rule}; name another rule or day in BAD_ROWS.")


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))

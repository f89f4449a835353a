"""Published tables whose rows other packages build: links, unlinked records, rejected rows, run ledger, findings.

The tables of people are declared beside the functions that build them.
"""

from dataclasses import replace
from datetime import date

from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import Table, TableModel, column, table_of
from cdp_pipeline.identity import tables as identity
from cdp_pipeline.validation import REJECTED_RECORDS

LINKS = replace(
    identity.LINKS,
    # The values stand in `profile_contacts`; repeating them per link would only spread personal data.
    columns=tuple(column for column in identity.LINKS.columns if column.name != "value"),
    indexes=(("record_key_b",),),
)
HOUSEHOLD_RELATIONS = replace(identity.HOUSEHOLD_RELATIONS, indexes=(("person_id_b",),))
UNLINKED_RECORDS = replace(identity.UNLINKED_RECORDS, indexes=(("source_id",), ("reason",)))
PERSON_ID_HISTORY = replace(identity.PERSON_ID_HISTORY, indexes=(("person_id",),))

_ENTITY = column("The entity, by its landing folder.", nullable=False)
_DROP_DATE = column("Date of the landing folder; null for a misplaced file.")
_RUN_ID = column("The run that found it.")


class RunLedger(TableModel, key=("ledger_key",), indexes=(("object_type", "drop_date"),)):
    """One row per run, entity and drop date it processed; the newest of an entity and date holds."""

    ledger_key: str = column("Run, entity and drop date in one text, as a date may be missing.", nullable=False)
    run_id: str = column("The run that found it.", nullable=False)
    object_type: str = _ENTITY
    drop_date: date = _DROP_DATE
    files: int = column("Files of that date.", nullable=False)
    read: int = column("Rows read: accepted, rejected, duplicates and suppressed together.", nullable=False)
    accepted: int = column(
        "Rows that keep all rules and are no duplicates; of a held delivery they are counted, but not used.",
        nullable=False,
    )
    rejected: int = column("Rows in rejected_records.", nullable=False)
    duplicates: int = column("Exact re-sends within the same drop date.", nullable=False)
    suppressed: int = column("Rows of persons who were erased on request; kept nowhere.", nullable=False)
    finished_at: Timestamp = column("When the date was finished (UTC).", nullable=False)


RUN_LEDGER = table_of(RunLedger)


class RetentionLedger(TableModel, key=("ledger_key",), indexes=(("object_type", "drop_date"),)):
    """One row per run, layer, entity and drop date, with the rows that went as their retention ended; never deleted."""

    ledger_key: str = column("Run, layer, entity and drop date in one text.", nullable=False)
    run_id: str = column("The run that removed it.", nullable=False)
    layer: str = column("records, rejected, reports (of days) or exports (archives for people).", nullable=False)
    object_type: str = column("The entity, by its landing folder; null for exports.")
    drop_date: date = column("The drop date; of exports the date on which they were written.", nullable=False)
    rows: int = column("Rows that went, all versions of a record counted; reports or archives.", nullable=False)
    records: int = column("Records whose newest version was of that date; 0 for other layers.", nullable=False)
    period: str = column("How long they are kept, such as 2 years.", nullable=False)
    cutoff_on: date = column("The oldest date that is kept.", nullable=False)
    finished_at: Timestamp = column("When they were removed (UTC).", nullable=False)


RETENTION_LEDGER = table_of(RetentionLedger)


class QualityFindings(TableModel, key=("finding_key",), indexes=(("object_type", "drop_date"),)):
    """One row per entity, drop date and rule that rows broke without being rejected for it."""

    finding_key: str = column("Entity, drop date and rule in one text, as a date may be missing.", nullable=False)
    object_type: str = _ENTITY
    drop_date: date = _DROP_DATE
    rule: str = column("The rule, such as format:phone.", nullable=False)
    rows: int = column("Rows that broke it.", nullable=False)
    run_id: str = _RUN_ID


QUALITY_FINDINGS = table_of(QualityFindings)

IDENTITY_PUBLISHED: tuple[Table, ...] = (
    LINKS,
    HOUSEHOLD_RELATIONS,
    identity.SKIPPED_IDENTIFIERS,
    UNLINKED_RECORDS,
    PERSON_ID_HISTORY,
)
"""The published tables that identity builds."""

BUILT_FROM_REPORTS: tuple[Table, ...] = (REJECTED_RECORDS, RUN_LEDGER, QUALITY_FINDINGS, RETENTION_LEDGER)
"""The published tables that are built from the reports of reading."""

APPEND_ONLY = frozenset({RUN_LEDGER.name, RETENTION_LEDGER.name, PERSON_ID_HISTORY.name})
"""Tables whose rows are never deleted, as they are a history."""

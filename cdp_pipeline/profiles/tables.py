"""The published tables whose rows no builder of this package makes: who is linked, what was rejected, what runs did.

The tables of people are declared beside the functions that build them.
"""

from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.identity import tables as identity
from cdp_pipeline.profiles.columns import TEXT, WHOLE
from cdp_pipeline.validation.tables import REJECTED

LINKS = replace(
    identity.LINKS,
    # The values stand in `profile_contacts`; repeating them per link would only spread personal data.
    columns=tuple(column for column in identity.LINKS.columns if column.name != "value"),
    indexes=(("record_key_b",),),
)
HOUSEHOLD_RELATIONS = replace(identity.HOUSEHOLD_RELATIONS, indexes=(("person_id_b",),))
UNLINKED_RECORDS = replace(identity.UNLINKED_RECORDS, indexes=(("source_id",), ("reason",)))
PERSON_ID_HISTORY = replace(identity.PERSON_ID_HISTORY, indexes=(("person_id",),))

REJECTED_RECORDS = REJECTED

_ENTITY = TableColumn("object_type", TEXT, "The entity, by its landing folder.", nullable=False)
_DROP_DATE = TableColumn("drop_date", pl.Date(), "Date of the landing folder; null for a misplaced file.")
_RUN_ID = TableColumn("run_id", TEXT, "The run that found it.")

RUN_LEDGER = Table(
    name="run_ledger",
    description="One row per run, entity and drop date it processed; the newest of an entity and date holds.",
    columns=(
        TableColumn(
            "ledger_key", TEXT, "Run, entity and drop date in one text, as a date may be missing.", nullable=False
        ),
        replace(_RUN_ID, nullable=False),
        _ENTITY,
        _DROP_DATE,
        TableColumn("files", WHOLE, "Files of that date.", nullable=False),
        TableColumn("read", WHOLE, "Rows read: accepted, rejected and duplicates together.", nullable=False),
        TableColumn(
            "accepted",
            WHOLE,
            "Rows that keep all rules and are no duplicates; of a held delivery they are counted, but not used.",
            nullable=False,
        ),
        TableColumn("rejected", WHOLE, "Rows in rejected_records.", nullable=False),
        TableColumn("duplicates", WHOLE, "Exact re-sends within the same drop date.", nullable=False),
        TableColumn("finished_at", MOMENT, "When the date was finished (UTC).", nullable=False),
    ),
    key=("ledger_key",),
    indexes=(("object_type", "drop_date"),),
)

QUALITY_FINDINGS = Table(
    name="quality_findings",
    description="One row per entity, drop date and rule that rows broke without being rejected for it.",
    columns=(
        TableColumn(
            "finding_key", TEXT, "Entity, drop date and rule in one text, as a date may be missing.", nullable=False
        ),
        _ENTITY,
        _DROP_DATE,
        TableColumn("rule", TEXT, "The rule, such as format:phone.", nullable=False),
        TableColumn("rows", WHOLE, "Rows that broke it.", nullable=False),
        _RUN_ID,
    ),
    key=("finding_key",),
    indexes=(("object_type", "drop_date"),),
)

IDENTITY_PUBLISHED: tuple[Table, ...] = (
    LINKS,
    HOUSEHOLD_RELATIONS,
    identity.SKIPPED_IDENTIFIERS,
    UNLINKED_RECORDS,
    PERSON_ID_HISTORY,
)
"""The published tables that identity makes."""

MADE_OF_REPORTS: tuple[Table, ...] = (REJECTED_RECORDS, RUN_LEDGER, QUALITY_FINDINGS)
"""The published tables that are made of what reading the days found."""

APPEND_ONLY = frozenset({RUN_LEDGER.name, PERSON_ID_HISTORY.name})
"""Tables whose rows are never deleted, as they tell what was."""

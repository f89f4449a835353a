"""All tables that are published, in the order in which their foreign keys allow them to be loaded.

The tables of persons are declared beside the functions that build them; here stand those whose rows other rooms make:
who is linked, who is not, what was rejected, what each run did.
"""

from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.identity import tables as identity
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES
from cdp_pipeline.profiles.activity_counts import PROFILE_ACTIVITY_COUNTS
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES
from cdp_pipeline.profiles.campaigns import CAMPAIGNS
from cdp_pipeline.profiles.columns import TEXT, WHOLE
from cdp_pipeline.profiles.consents import PROFILE_CONSENTS
from cdp_pipeline.profiles.contacts import PROFILE_CONTACTS
from cdp_pipeline.profiles.custom_fields import PROFILE_CUSTOM_FIELDS
from cdp_pipeline.profiles.engagement import PROFILE_ENGAGEMENT
from cdp_pipeline.profiles.households import HOUSEHOLD_EVIDENCE, HOUSEHOLD_MEMBERS, HOUSEHOLDS
from cdp_pipeline.profiles.lead_addresses import PROFILE_LEAD_ADDRESSES
from cdp_pipeline.profiles.lead_pets import PROFILE_LEAD_PETS
from cdp_pipeline.profiles.lead_status_history import PROFILE_LEAD_STATUS_HISTORY
from cdp_pipeline.profiles.leads import PROFILE_LEADS
from cdp_pipeline.profiles.memberships import PROFILE_MEMBERSHIPS
from cdp_pipeline.profiles.photos import PROFILE_PHOTOS
from cdp_pipeline.profiles.products import PRODUCTS
from cdp_pipeline.profiles.products_of_persons import PROFILE_PRODUCTS
from cdp_pipeline.profiles.profiles import PROFILES
from cdp_pipeline.profiles.recency import PROFILE_RECENCY
from cdp_pipeline.profiles.records import PROFILE_RECORDS
from cdp_pipeline.profiles.relationships import PROFILE_RELATIONSHIPS
from cdp_pipeline.profiles.stores import STORES
from cdp_pipeline.profiles.subscriptions import PROFILE_SUBSCRIPTIONS
from cdp_pipeline.profiles.values import PROFILE_VALUES
from cdp_pipeline.validation.tables import REJECTED

LINKS = replace(
    identity.LINKS,
    # The values stand in `profile_contacts`; repeating them per link would only spread personal data.
    columns=tuple(column for column in identity.LINKS.columns if column.name != "value"),
    indexes=(("record_key_b",),),
)
SUGGESTED_LINKS = replace(identity.SUGGESTED_LINKS, indexes=(("person_id_a",), ("person_id_b",)))
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

PROFILE_TABLES: tuple[Table, ...] = (
    PROFILES,
    PROFILE_RECORDS,
    PROFILE_CONTACTS,
    PROFILE_ADDRESSES,
    PROFILE_MEMBERSHIPS,
    PROFILE_LEADS,
    PROFILE_LEAD_STATUS_HISTORY,
    PROFILE_LEAD_PETS,
    PROFILE_LEAD_ADDRESSES,
    PROFILE_RELATIONSHIPS,
    PROFILE_PHOTOS,
    PROFILE_SUBSCRIPTIONS,
    PROFILE_CONSENTS,
    PROFILE_ACTIVITIES,
    PROFILE_ACTIVITY_COUNTS,
    PROFILE_ENGAGEMENT,
    PRODUCTS,
    PROFILE_PRODUCTS,
    PROFILE_RECENCY,
    PROFILE_CUSTOM_FIELDS,
    PROFILE_VALUES,
    HOUSEHOLDS,
    HOUSEHOLD_MEMBERS,
    HOUSEHOLD_EVIDENCE,
    STORES,
    CAMPAIGNS,
)
"""The tables that this room builds; `profiles` first, as all others with a person refer to it."""

PUBLISHED_TABLES: tuple[Table, ...] = (
    *PROFILE_TABLES,
    LINKS,
    SUGGESTED_LINKS,
    HOUSEHOLD_RELATIONS,
    identity.SKIPPED_IDENTIFIERS,
    UNLINKED_RECORDS,
    PERSON_ID_HISTORY,
    REJECTED_RECORDS,
    RUN_LEDGER,
    QUALITY_FINDINGS,
)
"""Every table of the database."""

APPEND_ONLY = frozenset({RUN_LEDGER.name, PERSON_ID_HISTORY.name})
"""Tables whose rows are never deleted, as they tell what was."""

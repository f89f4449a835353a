"""The tables that identity makes: who is linked to whom by what, and which person each record belongs to."""

import polars as pl

from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.table import Table, TableColumn

_TEXT = pl.String()

IDENTIFIERS = Table(
    name="identifiers",
    description="One row per identifier a person-forming record or contact holds, of every kind and strength.",
    columns=(
        TableColumn("node_key", _TEXT, "The record, or the contact that several records name alike.", nullable=False),
        TableColumn("scope", _TEXT, "Internal company within which identifiers are compared.", nullable=False),
        TableColumn("kind", _TEXT, "Kind of identifier, such as phone.", nullable=False),
        TableColumn("value", _TEXT, "The normalised value that is compared.", personal=True, nullable=False),
        TableColumn("strength", _TEXT, "strong, medium or weak.", nullable=False),
        TableColumn(
            "status", _TEXT, "usable, blocked (nobody's), shared (by too many), or contradicting.", nullable=False
        ),
    ),
    key=("node_key", "kind", "value"),
)

LINKS = Table(
    name="links",
    description=(
        "One row per pair of records and rule that says they are one person. Pairs form a star around the first record "
        "that "
        "holds the identifier, so n records give n - 1 rows."
    ),
    columns=(
        TableColumn("record_key_a", _TEXT, "The record at the centre of the star.", nullable=False),
        TableColumn("record_key_b", _TEXT, "The other record.", nullable=False),
        TableColumn("rule", _TEXT, "The rule in words, such as same_phone_and_agreeing_name.", nullable=False),
        TableColumn("identifier_kind", _TEXT, "Kind of the identifier they share.", nullable=False),
        TableColumn("strength", _TEXT, "strong or medium.", nullable=False),
        TableColumn("status", _TEXT, "used: the link joined the two.", nullable=False),
        TableColumn("scope", _TEXT, "Internal company within which it holds.", nullable=False),
    ),
    key=("record_key_a", "record_key_b", "rule"),
)

SHARED_IDENTIFIERS = Table(
    name="shared_identifiers",
    description="One row per identifier held by more different people than its kind's limit: it links nobody.",
    columns=(
        TableColumn("scope", _TEXT, "Internal company.", nullable=False),
        TableColumn("kind", _TEXT, "Kind of identifier.", nullable=False),
        TableColumn("value", _TEXT, "The value.", personal=True, nullable=False),
        TableColumn("people", pl.Int64(), "Different people that hold it.", nullable=False),
        TableColumn("limit", pl.Int64(), "How many are allowed.", nullable=False),
    ),
    key=("scope", "kind", "value"),
)

PERSON_IDS = Table(
    name="person_ids",
    description="One row per record or contact ever seen, with the person id it has or last had: what keeps ids.",
    columns=(
        TableColumn("node_key", _TEXT, "The record, or the contact that several records name alike.", nullable=False),
        TableColumn("person_id", _TEXT, "The person's id.", nullable=False),
        TableColumn("assigned_at", MOMENT, "When the id was first given (UTC).", nullable=False),
        TableColumn("resolved_at", MOMENT, "When this state was reached (UTC).", nullable=False),
        TableColumn("is_present", pl.Boolean(), "Whether it is there in the newest state.", nullable=False),
        TableColumn("is_published", pl.Boolean(), "Whether its person has a profile.", nullable=False),
    ),
    key=("node_key",),
)

RECORD_PERSONS = Table(
    name="record_persons",
    description="One row per live record that belongs to a person.",
    columns=(
        TableColumn("record_key", _TEXT, "The record.", nullable=False),
        TableColumn("object_type", _TEXT, "Its entity.", nullable=False),
        TableColumn("person_id", _TEXT, "The person.", nullable=False),
    ),
    key=("record_key",),
)

UNLINKED_RECORDS = Table(
    name="unlinked_records",
    description="One row per record without a person, with the reason.",
    columns=(
        TableColumn("record_key", _TEXT, "The record.", nullable=False),
        TableColumn("object_type", _TEXT, "Its entity.", nullable=False),
        TableColumn(
            "reason",
            _TEXT,
            "unknown (nobody has that id or address), ambiguous (several people have it), deleted, or person deleted.",
            nullable=False,
        ),
        TableColumn("system_name", _TEXT, "Its source system."),
        TableColumn("internal_company_id", _TEXT, "Its internal company."),
        TableColumn("source_id", _TEXT, "Its id at the source.", personal=True),
    ),
    key=("record_key",),
)

PERSON_ID_HISTORY = Table(
    name="person_id_history",
    description="One row per change of a person id.",
    columns=(
        TableColumn("old_person_id", _TEXT, "The id before.", nullable=False),
        TableColumn(
            "person_id", _TEXT, "The id that stands for it now; the same one when it was retired.", nullable=False
        ),
        TableColumn("change", _TEXT, "merged, split or retired.", nullable=False),
        TableColumn("reason", _TEXT, "Why, in words.", nullable=False),
        TableColumn("changed_at", MOMENT, "When the run found it (UTC).", nullable=False),
    ),
    key=("old_person_id", "person_id", "change", "changed_at"),
)

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
            "status",
            _TEXT,
            "usable, blocked (nobody's), shared (by too many), contradicting, or deleted (with its record).",
            nullable=False,
        ),
    ),
    key=("node_key", "kind", "value"),
)

LINKS = Table(
    name="links",
    description=(
        "One row per pair of records and reason to think that they are one person, with what became of it and their "
        "score. The records that hold one identifier form a star around the first of them, so n records give n - 1 "
        "rows."
    ),
    columns=(
        TableColumn("record_key_a", _TEXT, "The record at the centre of the star.", nullable=False),
        TableColumn("record_key_b", _TEXT, "The other record.", nullable=False),
        TableColumn("rule", _TEXT, "The rule in words, such as same_phone_and_agreeing_name.", nullable=False),
        TableColumn("identifier_kind", _TEXT, "Kind of the identifier they share, or of the rule.", nullable=False),
        TableColumn("strength", _TEXT, "certain (a person said so), strong, medium or weak.", nullable=False),
        TableColumn(
            "status",
            _TEXT,
            "used: it joined the two. vetoed: they are two people although they share the identifier or are alike. "
            "cut: the cluster would not hold together. blocked: the identifier is a placeholder, or too many people "
            "hold it. suggested: they are probably one person, and stay two until somebody decides.",
            nullable=False,
        ),
        TableColumn("reason", _TEXT, "Why it was not used, such as names_differ."),
        TableColumn("scope", _TEXT, "Internal company within which it holds.", nullable=False),
        TableColumn("value", _TEXT, "The identifier they share.", personal=True),
        TableColumn("score", pl.Float64(), "Log2 of the odds that the two are one person; null where not compared."),
        TableColumn("probability", pl.Float64(), "The score as a probability."),
        TableColumn("evidence", _TEXT, "What the score is made of: each attribute's level of agreement and its bits."),
    ),
    key=("record_key_a", "record_key_b", "rule", "identifier_kind", "status"),
)

SKIPPED_IDENTIFIERS = Table(
    name="skipped_identifiers",
    description="One row per identifier value that several records hold and that links nobody, with the reason.",
    columns=(
        TableColumn("scope", _TEXT, "Internal company.", nullable=False),
        TableColumn("kind", _TEXT, "Kind of identifier.", nullable=False),
        TableColumn("value", _TEXT, "The value.", personal=True, nullable=False),
        TableColumn(
            "reason", _TEXT, "blocked: the value is nobody's. shared: too many people hold it.", nullable=False
        ),
        TableColumn("holders", pl.Int64(), "Records and contacts that hold it.", nullable=False),
        TableColumn("people", pl.Int64(), "Different people that hold it; null for a blocked value."),
        TableColumn("limit", pl.Int64(), "How many are allowed; null for a blocked value."),
    ),
    key=("scope", "kind", "value"),
)

HOUSEHOLD_RELATIONS = Table(
    name="household_relations",
    description="One row per two persons who share a phone or another contact and are not one person.",
    columns=(
        TableColumn("person_id_a", _TEXT, "One person.", nullable=False),
        TableColumn("person_id_b", _TEXT, "The other.", nullable=False),
        TableColumn("kind", _TEXT, "Kind of the contact they share.", nullable=False),
        TableColumn("value", _TEXT, "The contact.", personal=True, nullable=False),
        TableColumn("reason", _TEXT, "Why they are two people, such as names_differ.", nullable=False),
    ),
    key=("person_id_a", "person_id_b", "kind", "value"),
)

OVERRIDE_PROBLEMS = Table(
    name="override_problems",
    description="One row per line of the overrides file that could not be applied, or not as it says.",
    columns=(
        TableColumn("line", pl.Int64(), "Line of the file; the header is line 1.", nullable=False),
        TableColumn("problem", _TEXT, "What is wrong and what to do.", nullable=False),
        TableColumn("evidence", _TEXT, "What was found."),
    ),
    key=("line", "problem"),
)

PERSON_IDS = Table(
    name="person_ids",
    description="One row per record or contact ever seen, with the person id it has or last had: what keeps ids.",
    columns=(
        TableColumn("node_key", _TEXT, "The record, or the contact that several records name alike.", nullable=False),
        TableColumn("record_key", _TEXT, "The record; of a contact, the first of its records.", nullable=False),
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
        TableColumn("fingerprint", pl.UInt64(), "What its current row says, as that row has it.", nullable=False),
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

IDENTITY_TABLES = (
    IDENTIFIERS,
    LINKS,
    SKIPPED_IDENTIFIERS,
    HOUSEHOLD_RELATIONS,
    OVERRIDE_PROBLEMS,
    RECORD_PERSONS,
    UNLINKED_RECORDS,
    PERSON_ID_HISTORY,
    PERSON_IDS,
)
"""All that identity makes, at once."""

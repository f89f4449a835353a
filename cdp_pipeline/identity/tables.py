"""The tables of identity: identifiers, links, and the person of each record."""

import polars as pl

from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of

_TEXT = pl.String()


class Identifiers(TableModel, key=("node_key", "kind", "value")):
    """One row per identifier a person-forming record or contact holds, of every kind and strength."""

    node_key: str = column("The record, or the contact that several records have in common.", nullable=False)
    scope: str = column("Internal company within which identifiers are compared.", nullable=False)
    kind: str = column("Kind of identifier, such as phone.", nullable=False)
    value: str = column("The normalised value that is compared.", personal=True, nullable=False)
    strength: str = column("strong, medium or weak.", nullable=False)
    status: str = column(
        "usable, blocked (a placeholder), shared (by too many people), contradicting, or deleted (with its record).",
        nullable=False,
    )


IDENTIFIERS = table_of(Identifiers)


class Links(TableModel, key=("record_key_a", "record_key_b", "rule", "identifier_kind", "status")):
    """One row per pair of records and rule by which they may be one person, with its status and their score.

    The records that hold one identifier form a star around the first of them, so n records give n - 1 rows.
    """

    record_key_a: str = column("The record at the centre of the star.", nullable=False)
    record_key_b: str = column("The other record.", nullable=False)
    rule: str = column("The rule in words, such as same_phone_and_agreeing_name.", nullable=False)
    identifier_kind: str = column("Kind of the identifier they share, or of the rule.", nullable=False)
    strength: str = column("certain (an operator's decision), strong, medium or weak.", nullable=False)
    status: str = column(
        "used: it joined the two. vetoed: they are two people although they share the identifier or are alike. "
        "cut: the cluster would contain a vetoed pair or be too large. blocked: the identifier is a placeholder, or "
        "too many people hold it. suggested: they are probably one person, and stay two until an operator decides.",
        nullable=False,
    )
    reason: str = column("Why it was not used, such as names_differ.")
    scope: str = column("Internal company within which it holds.", nullable=False)
    value: str = column("The identifier they share.", personal=True)
    score: float = column("Log2 of the odds that the two are one person; null where not compared.")
    probability: float = column("The score as a probability.")
    evidence: str = column("The parts of the score: each attribute's level of agreement and its bits.")


LINKS = table_of(Links)


class SkippedIdentifiers(TableModel, key=("scope", "kind", "value")):
    """One row per identifier value that several records hold and that links no records, with the reason."""

    scope: str = column("Internal company.", nullable=False)
    kind: str = column("Kind of identifier.", nullable=False)
    value: str = column("The value.", personal=True, nullable=False)
    reason: str = column("blocked: the value is a placeholder. shared: too many people hold it.", nullable=False)
    holders: int = column("Live records and contacts that hold it as their own.", nullable=False)
    people: int = column("Different people that hold it; null for a blocked value.")
    limit: int = column("How many are allowed; null for a blocked value.")


SKIPPED_IDENTIFIERS = table_of(SkippedIdentifiers)


class HouseholdRelations(TableModel, key=("person_id_a", "person_id_b", "kind", "value")):
    """One row per two persons who share a phone or another contact and are not one person."""

    person_id_a: str = column("One person.", nullable=False)
    person_id_b: str = column("The other.", nullable=False)
    kind: str = column("Kind of the contact they share.", nullable=False)
    value: str = column("The contact.", personal=True, nullable=False)
    reason: str = column("Why they are two people, such as names_differ.", nullable=False)


HOUSEHOLD_RELATIONS = table_of(HouseholdRelations)


class OverrideProblems(TableModel, key=("line", "problem")):
    """One row per line of the overrides file that is invalid, not applied, or applied with a warning."""

    line: int = column("Line of the file; the header is line 1.", nullable=False)
    problem: str = column("What is wrong and what to do.", nullable=False)
    evidence: str = column("What was found.")


OVERRIDE_PROBLEMS = table_of(OverrideProblems)


class PersonIds(TableModel, key=("node_key",)):
    """One row per record or contact ever seen, with its current or last person id; it keeps ids stable."""

    node_key: str = column("The record, or the contact that several records have in common.", nullable=False)
    record_key: str = column("The record; of a contact, the first of its records.", nullable=False)
    person_id: str = column("The person's id.", nullable=False)
    assigned_at: Timestamp = column("When the id was first given (UTC).", nullable=False)
    resolved_at: Timestamp = column("When this state was reached (UTC).", nullable=False)
    is_present: bool = column("Whether it is live in the newest state.", nullable=False)
    is_published: bool = column("Whether its person has a profile.", nullable=False)


PERSON_IDS = table_of(PersonIds)


class RecordPersons(TableModel, key=("record_key",)):
    """One row per live record that belongs to a person."""

    record_key: str = column("The record.", nullable=False)
    object_type: str = column("Its entity.", nullable=False)
    person_id: str = column("The person.", nullable=False)
    fingerprint: pl.UInt64 = column("The fingerprint of its current row.", nullable=False)


RECORD_PERSONS = table_of(RecordPersons)


class UnlinkedRecords(TableModel, key=("record_key",)):
    """One row per record without a person, with the reason."""

    record_key: str = column("The record.", nullable=False)
    object_type: str = column("Its entity.", nullable=False)
    reason: str = column(
        "unknown (no person has that id or address), ambiguous (several people have it), deleted, or person deleted.",
        nullable=False,
    )
    system_name: str = column("Its source system.")
    internal_company_id: str = column("Its internal company.")
    source_id: str = column("Its id at the source.", personal=True)


UNLINKED_RECORDS = table_of(UnlinkedRecords)


class PersonIdHistory(TableModel, key=("old_person_id", "person_id", "change", "changed_at")):
    """One row per change of a person id."""

    old_person_id: str = column("The id before.", nullable=False)
    person_id: str = column("The id that replaces it; the same id if it was retired.", nullable=False)
    change: str = column("merged, split or retired.", nullable=False)
    reason: str = column("Why, in words.", nullable=False)
    changed_at: Timestamp = column("When a run found the change (UTC).", nullable=False)


PERSON_ID_HISTORY = table_of(PersonIdHistory)

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
"""All tables of identity, which are written together."""

"""The tables that identity makes: who is linked to whom by what, and which person each record belongs to."""

import polars as pl

from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of

_TEXT = pl.String()


class Identifiers(TableModel, key=("node_key", "kind", "value")):
    """One row per identifier a person-forming record or contact holds, of every kind and strength."""

    node_key: str = column("The record, or the contact that several records name alike.", nullable=False)
    scope: str = column("Internal company within which identifiers are compared.", nullable=False)
    kind: str = column("Kind of identifier, such as phone.", nullable=False)
    value: str = column("The normalised value that is compared.", personal=True, nullable=False)
    strength: str = column("strong, medium or weak.", nullable=False)
    status: str = column(
        "usable, blocked (nobody's), shared (by too many), contradicting, or deleted (with its record).", nullable=False
    )


IDENTIFIERS = table_of(Identifiers)


class Links(TableModel, key=("record_key_a", "record_key_b", "rule", "identifier_kind", "status")):
    """One row per pair of records and reason to think that they are one person, with what became of it and their score.

    The records that hold one identifier form a star around the first of them, so n records give n - 1 rows.
    """

    record_key_a: str = column("The record at the centre of the star.", nullable=False)
    record_key_b: str = column("The other record.", nullable=False)
    rule: str = column("The rule in words, such as same_phone_and_agreeing_name.", nullable=False)
    identifier_kind: str = column("Kind of the identifier they share, or of the rule.", nullable=False)
    strength: str = column("certain (a person said so), strong, medium or weak.", nullable=False)
    status: str = column(
        "used: it joined the two. vetoed: they are two people although they share the identifier or are alike. "
        "cut: the cluster would not hold together. blocked: the identifier is a placeholder, or too many people hold "
        "it. suggested: they are probably one person, and stay two until somebody decides.",
        nullable=False,
    )
    reason: str = column("Why it was not used, such as names_differ.")
    scope: str = column("Internal company within which it holds.", nullable=False)
    value: str = column("The identifier they share.", personal=True)
    score: float = column("Log2 of the odds that the two are one person; null where not compared.")
    probability: float = column("The score as a probability.")
    evidence: str = column("What the score is made of: each attribute's level of agreement and its bits.")


LINKS = table_of(Links)


class SkippedIdentifiers(TableModel, key=("scope", "kind", "value")):
    """One row per identifier value that several records hold and that links nobody, with the reason."""

    scope: str = column("Internal company.", nullable=False)
    kind: str = column("Kind of identifier.", nullable=False)
    value: str = column("The value.", personal=True, nullable=False)
    reason: str = column("blocked: the value is nobody's. shared: too many people hold it.", nullable=False)
    holders: int = column("Live records and contacts whose own it is.", nullable=False)
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
    """One row per line of the overrides file that could not be applied, or not as it says."""

    line: int = column("Line of the file; the header is line 1.", nullable=False)
    problem: str = column("What is wrong and what to do.", nullable=False)
    evidence: str = column("What was found.")


OVERRIDE_PROBLEMS = table_of(OverrideProblems)


class PersonIds(TableModel, key=("node_key",)):
    """One row per record or contact ever seen, with the person id it has or last had: what keeps ids."""

    node_key: str = column("The record, or the contact that several records name alike.", nullable=False)
    record_key: str = column("The record; of a contact, the first of its records.", nullable=False)
    person_id: str = column("The person's id.", nullable=False)
    assigned_at: Timestamp = column("When the id was first given (UTC).", nullable=False)
    resolved_at: Timestamp = column("When this state was reached (UTC).", nullable=False)
    is_present: bool = column("Whether it is there in the newest state.", nullable=False)
    is_published: bool = column("Whether its person has a profile.", nullable=False)


PERSON_IDS = table_of(PersonIds)


class RecordPersons(TableModel, key=("record_key",)):
    """One row per live record that belongs to a person."""

    record_key: str = column("The record.", nullable=False)
    object_type: str = column("Its entity.", nullable=False)
    person_id: str = column("The person.", nullable=False)
    fingerprint: pl.UInt64 = column("What its current row says, as that row has it.", nullable=False)


RECORD_PERSONS = table_of(RecordPersons)


class UnlinkedRecords(TableModel, key=("record_key",)):
    """One row per record without a person, with the reason."""

    record_key: str = column("The record.", nullable=False)
    object_type: str = column("Its entity.", nullable=False)
    reason: str = column(
        "unknown (nobody has that id or address), ambiguous (several people have it), deleted, or person deleted.",
        nullable=False,
    )
    system_name: str = column("Its source system.")
    internal_company_id: str = column("Its internal company.")
    source_id: str = column("Its id at the source.", personal=True)


UNLINKED_RECORDS = table_of(UnlinkedRecords)


class PersonIdHistory(TableModel, key=("old_person_id", "person_id", "change", "changed_at")):
    """One row per change of a person id."""

    old_person_id: str = column("The id before.", nullable=False)
    person_id: str = column("The id that stands for it now; the same one when it was retired.", nullable=False)
    change: str = column("merged, split or retired.", nullable=False)
    reason: str = column("Why, in words.", nullable=False)
    changed_at: Timestamp = column("When the run found it (UTC).", nullable=False)


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
"""All that identity makes, at once."""

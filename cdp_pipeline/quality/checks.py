"""Every check there is; Dagster's list is made of this one, and the table in docs/checks.md is compared with it."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality.verdict import Check

ACCOUNTED_FOR = Check(
    "every_row_is_accounted_for",
    "staging/<entity>",
    "Each row read is accepted, rejected with a reason, or a counted duplicate.",
    effect="stops",
)
AS_MANY_ROWS = Check(
    "as_many_rows_as_usual",
    "staging/<entity>",
    "No day lacks its file or has far fewer rows than its weekday usually brings.",
)
FIELDS = Check(
    "fields_are_as_before",
    "staging/<entity>",
    "No field is new and unknown, and none that was filled on former days is empty in all rows.",
)
CONTACTS = Check("contacts_are_usable", "staging/<entity>", "Nearly all filled phones and e-mails are usable.")
VALUES = Check("values_are_in_their_lists", "staging/<entity>", "Few rows have a value outside its declared list.")

REJECTED_LOW = Check(
    "rejected_share_is_low",
    "rejected/<entity>",
    "Few rows of a day are rejected, and not clearly more than usual.",
)
REJECTED_BEARABLE = Check(
    "rejected_share_is_bearable",
    "rejected/<entity>",
    "No delivery is held because all of it or the greater part is rejected.",
    effect="holds",
)
DUPLICATES = Check("duplicates_are_few", "rejected/<entity>", "Few rows of a day are exact re-sends.")

UNIQUE = Check("keys_are_unique", "current/<entity>", "Each record key stands once.", effect="stops")
FRESH = Check(
    "newest_drop_is_fresh",
    "current/<entity>",
    "The entity's newest delivery lies at most a few days behind the newest of all entities.",
)

ONE_PERSON = Check(
    "every_record_has_one_person",
    "identity/record_persons",
    "Each current record stands once in record_persons or, with its reason, in unlinked_records.",
    effect="stops",
)
REFERENCES = Check(
    "references_resolve", "identity/record_persons", "Nearly all customer and lead ids name a known person."
)
STEADY = Check(
    "persons_are_steady",
    "identity/record_persons",
    "Few people known before were merged, split or lost their profile.",
)
CLUSTERS = Check("clusters_are_small", "identity/record_persons", "No person has an implausible number of records.")
SHARED = Check(
    "few_identifiers_are_nobodys",
    "identity/skipped_identifiers",
    "Few identifiers are placeholders; the blocked ones are counted here.",
)
OVERRIDES = Check("every_override_holds", "identity/override_problems", "Each line of the overrides file is applied.")

CONSISTENT = Check(
    "people_are_consistent",
    "profiles/profiles",
    "Few people have records that contradict each other in name, birth date or gender.",
)
NOT_COLLAPSED = Check(
    "people_have_not_collapsed",
    "profiles/profiles",
    "No table of people lost a large part of the rows that are published now.",
    effect="stops",
)
COMPLETE = Check(
    "profiles_are_complete", "profiles/profiles", "Most people have a name, a contact, a birth date and a gender."
)
PUBLISHED = Check(
    "published_equals_lake",
    "serving/profiles",
    "Every table of the database has the rows of the lake, and a sample of profiles is the same cell by cell.",
    effect="stops",
)

CHECKS = (
    ACCOUNTED_FOR,
    AS_MANY_ROWS,
    FIELDS,
    CONTACTS,
    VALUES,
    REJECTED_LOW,
    REJECTED_BEARABLE,
    DUPLICATES,
    UNIQUE,
    FRESH,
    ONE_PERSON,
    REFERENCES,
    STEADY,
    CLUSTERS,
    SHARED,
    OVERRIDES,
    CONSISTENT,
    NOT_COLLAPSED,
    COMPLETE,
    PUBLISHED,
)
"""In the order in which a run comes by them."""


def has_contacts(entity: Entity) -> bool:
    """Whether any column holds a phone or an e-mail."""
    return any(column.kind in (kinds.PHONE, kinds.EMAIL) for column in entity.columns)


def has_lists(entity: Entity) -> bool:
    """Whether any column has a list of values that others are held against."""
    return any(column.allowed and column.unknown != "keep" for column in entity.columns)


def staging_checks(entity: Entity) -> tuple[Check, ...]:
    """The checks of an entity's staged rows: those for which it has columns."""
    applies = {CONTACTS: has_contacts(entity), VALUES: has_lists(entity)}
    return tuple(c for c in CHECKS if c.asset == "staging/<entity>" and applies.get(c, True))


def rejected_checks() -> tuple[Check, ...]:
    """The checks of an entity's rejected rows."""
    return tuple(c for c in CHECKS if c.asset == "rejected/<entity>")

# What other packages import from here; each is loaded at its first use.
from .pipeline import (
    Choices as Choices,
    Resolution as Resolution,
    compare_persons as compare_persons,
    compare_records as compare_records,
    resolve_persons as resolve_persons,
)
from .tables import (
    IDENTIFIERS as IDENTIFIERS,
    IDENTITY_TABLES as IDENTITY_TABLES,
    PERSON_ID_HISTORY as PERSON_ID_HISTORY,
    PERSON_IDS as PERSON_IDS,
    RECORD_PERSONS as RECORD_PERSONS,
    SKIPPED_IDENTIFIERS as SKIPPED_IDENTIFIERS,
    UNLINKED_RECORDS as UNLINKED_RECORDS,
    PersonIdHistory as PersonIdHistory,
    RecordPersons as RecordPersons,
    SkippedIdentifiers as SkippedIdentifiers,
)

# What other packages import from here; each is loaded at its first use.
from .apart import ReaderCrashedError as ReaderCrashedError, read_files_apart as read_files_apart
from .batch import (
    EMPTY_FILE as EMPTY_FILE,
    ENVELOPE as ENVELOPE,
    PLACE as PLACE,
    REJECTED_IN_BATCH as REJECTED_IN_BATCH,
    UNREADABLE as UNREADABLE,
    Batch as Batch,
    ListPage as ListPage,
    RejectedInBatch as RejectedInBatch,
    UnreadableEntryError as UnreadableEntryError,
    UnreadableFileError as UnreadableFileError,
    text_schema as text_schema,
)
from .bounds import MAX_FILES as MAX_FILES, USUAL as USUAL, Bounds as Bounds
from .envelope_rules import ENVELOPE_KEYS as ENVELOPE_KEYS, PAGE_KEYS as PAGE_KEYS
from .exact import as_json as as_json, parse as parse
from .field_names import (
    DRIFT as DRIFT,
    NO_IDENTIFIER as NO_IDENTIFIER,
    REPAIRS as REPAIRS,
    drift_rule as drift_rule,
)
from .files import (
    Landing as Landing,
    RawFile as RawFile,
    discover_files as discover_files,
    unknown_folders as unknown_folders,
)
from .formats import HINTED_DELIMITER as HINTED_DELIMITER
from .json_removal import UnfaithfulError as UnfaithfulError
from .mapping_drafts import (
    EVERY_HEADER as EVERY_HEADER,
    Draft as Draft,
    cells_of as cells_of,
    draft_mapping as draft_mapping,
)
from .mapping_files import read_mapping as read_mapping, read_mappings as read_mappings
from .mappings import (
    MAPPED as MAPPED,
    SourceMapping as SourceMapping,
    explain_misfit as explain_misfit,
    lacking_fields as lacking_fields,
)
from .pipeline import file_digest as file_digest, read_files as read_files
from .removal import Entries as Entries, write_without as write_without

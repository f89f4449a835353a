# What other packages import from here; each is loaded at its first use.
from .correcting import column_of as column_of, read_value as read_value
from .correction_list import CORRECTIONS_FILE as CORRECTIONS_FILE, CorrectionList as CorrectionList
from .erasure import (
    clear_before as clear_before,
    confirmed_erasures as confirmed_erasures,
    differences as differences,
    keep_before as keep_before,
    left_over as left_over,
    read_before as read_before,
)
from .execution import carry_out as carry_out
from .export import archives_of as archives_of, export_archives as export_archives
from .keys import read_key as read_key
from .kinds import (
    KINDS as KINDS,
    PURPOSES as PURPOSES,
    Context as Context,
    carried_out_by as carried_out_by,
    offered_kinds as offered_kinds,
    revocable_kinds as revocable_kinds,
)
from .masking import Shown as Shown, shown_entries as shown_entries
from .person_hashes import hashes_of as hashes_of, records_of as records_of, values_of_person as values_of_person
from .person_rows import PersonRows as PersonRows, find_person_rows as find_person_rows
from .policy import Policy as Policy, read_policy as read_policy
from .private_files import PrivacyError as PrivacyError, write_private as write_private
from .proof import (
    add_to_proof as add_to_proof,
    digest_settings as digest_settings,
    proof_of as proof_of,
    verify_proof as verify_proof,
    write_proof as write_proof,
)
from .pseudonymise import (
    Export as Export,
    Exported as Exported,
    Groups as Groups,
    Period as Period,
    exported_tables as exported_tables,
    pseudonymise as pseudonymise,
)
from .reasons import impersonal as impersonal, texts_of_person as texts_of_person
from .requests import (
    ERASE as ERASE,
    Kind as Kind,
    Request as Request,
    RequestLog as RequestLog,
    new_request as new_request,
)
from .restrictions import (
    PROFILE_RESTRICTIONS as PROFILE_RESTRICTIONS,
    RequestFiles as RequestFiles,
    keep_restricted_records as keep_restricted_records,
    purpose_views as purpose_views,
    restrictions_in_force as restrictions_in_force,
)
from .retention import Retention as Retention, read_retention as read_retention
from .suppression import (
    HASHES as HASHES,
    Suppressions as Suppressions,
    suppressed_keys as suppressed_keys,
    suppressed_rejected as suppressed_rejected,
    suppressed_rows as suppressed_rows,
)
from .suppression_list import SuppressionList as SuppressionList, read_suppressions as read_suppressions

# What other packages import from here; each is loaded at its first use.
from .contradictions import can_change_customer as can_change_customer, changed_customers as changed_customers
from .custom_fields import (
    current_custom_fields as current_custom_fields,
    custom_field_findings as custom_field_findings,
)
from .latest import latest_versions as latest_versions
from .prior_rows import (
    KNOWN_RECORDS as KNOWN_RECORDS,
    NEW_VERSIONS as NEW_VERSIONS,
    continued_records as continued_records,
)
from .tables import (
    CUSTOM_FIELDS as CUSTOM_FIELDS,
    FINGERPRINT as FINGERPRINT,
    CurrentRecords as CurrentRecords,
    CustomFields as CustomFields,
    Records as Records,
    current_table as current_table,
)

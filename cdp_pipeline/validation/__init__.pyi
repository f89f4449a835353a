# What other packages import from here; each is loaded at its first use.
from .messages import masked as masked
from .pipeline import (
    Limits as Limits,
    Validated as Validated,
    validate_batch as validate_batch,
    validate_cell as validate_cell,
)
from .tables import (
    REJECTED as REJECTED,
    REJECTED_RECORDS as REJECTED_RECORDS,
    REJECTED_WITH_FIELDS as REJECTED_WITH_FIELDS,
    AcceptedRows as AcceptedRows,
    RejectedRecords as RejectedRecords,
    RejectedRows as RejectedRows,
    RejectedWithFields as RejectedWithFields,
    accepted_table as accepted_table,
)

# What other packages import from here; each is loaded at its first use.
from .tables import (
    APPEND_ONLY as APPEND_ONLY,
    BUILT_FROM_REPORTS as BUILT_FROM_REPORTS,
    IDENTITY_PUBLISHED as IDENTITY_PUBLISHED,
    QUALITY_FINDINGS as QUALITY_FINDINGS,
    RETENTION_LEDGER as RETENTION_LEDGER,
    RUN_LEDGER as RUN_LEDGER,
)

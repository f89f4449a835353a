# What other packages import from here; each is loaded at its first use.
from .pipeline import (
    StagingContext as StagingContext,
    describe_cells as describe_cells,
    keys_of as keys_of,
    stage_rows as stage_rows,
)
from .tables import (
    StagedRows as StagedRows,
    has_birth as has_birth,
    has_name as has_name,
    staging_table as staging_table,
)

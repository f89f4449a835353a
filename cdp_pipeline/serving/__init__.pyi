# What other packages import from here; each is loaded at its first use.
from .cells import (
    BATCH_ROWS as BATCH_ROWS,
    count_tables as count_tables,
    differing_columns as differing_columns,
    sample_rows as sample_rows,
    storable_batches as storable_batches,
)
from .copies import Copies as Copies
from .database import (
    ServingError as ServingError,
    UnwritableError as UnwritableError,
    check_usable as check_usable,
    database_name as database_name,
    reading as reading,
)
from .deltas import Delta as Delta, find_delta as find_delta, no_delta as no_delta
from .drafting import draft_revision as draft_revision
from .masked_views import masked_view as masked_view
from .merge import complete_table as complete_table, create_table as create_table
from .pipeline import Changes as Changes, Since as Since, publish as publish
from .purge import purge_database as purge_database
from .read import (
    Row as Row,
    find_person_ids as find_person_ids,
    read_best_known as read_best_known,
    read_names as read_names,
    read_person as read_person,
    read_table as read_table,
)
from .schema import database_tables as database_tables
from .views import View as View

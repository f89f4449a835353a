# What other packages import from here; each is loaded at its first use.
from .person_ids import (
    NO_CHANGES as NO_CHANGES,
    RETENTION as RETENTION,
    Changes as Changes,
    bury_expired as bury_expired,
    bury_nodes as bury_nodes,
)

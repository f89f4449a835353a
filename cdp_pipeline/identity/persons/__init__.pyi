# What other packages import from here; each is loaded at its first use.
from .person_ids import (
    NO_CHANGES as NO_CHANGES,
    Changes as Changes,
    bury_expired as bury_expired,
    bury_nodes as bury_nodes,
)

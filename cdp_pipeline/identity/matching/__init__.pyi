# What other packages import from here; each is loaded at its first use.
from .candidates import find_candidates as find_candidates
from .identifiers import find_identifiers as find_identifiers
from .model import (
    ATTRIBUTES as ATTRIBUTES,
    STEADY_PAIRS as STEADY_PAIRS,
    Level as Level,
    Model as Model,
    model_of as model_of,
)
from .nodes import find_nodes as find_nodes
from .probable import EXPECTED as EXPECTED, NEVER as NEVER, Matching as Matching
from .records import find_records as find_records
from .references import find_references as find_references
from .suggestions import BELOW_THRESHOLD as BELOW_THRESHOLD, LIKE_RELATIVES as LIKE_RELATIVES, NAME_ALONE as NAME_ALONE

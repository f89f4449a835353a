# What other packages import from here; each is loaded at its first use.
from .overrides import (
    named_records as named_records,
    no_overrides as no_overrides,
    read_overrides as read_overrides,
    without_records as without_records,
)
from .rules import TRAITS as TRAITS, read_rules as read_rules, with_traits as with_traits

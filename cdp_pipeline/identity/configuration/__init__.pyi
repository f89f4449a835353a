# What other packages import from here; each is loaded at its first use.
from .overrides import no_overrides as no_overrides, read_overrides as read_overrides
from .rules import TRAITS as TRAITS, read_rules as read_rules, with_traits as with_traits

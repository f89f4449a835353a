# What other packages import from here; each is loaded at its first use.
from .masking import Shown as Shown, shown_entries as shown_entries

# What other packages import from here; each is loaded at its first use.
from .dataset import generate as generate, generate_rows as generate_rows
from .sample import write_sample as write_sample
from .versions import WRITTEN as WRITTEN
from .words import Entry as Entry

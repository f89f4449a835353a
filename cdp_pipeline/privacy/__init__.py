"""Requests of the people in the data, and masks of what leaves the lake.

Nothing here knows Dagster or settings: callers hand in folders and values. What is masked on the terminal stands in
`commands/`, the masks of single values in `values/mask.py`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Counts of a run -> the page on which a person reads whether today's data can be trusted.

It knows nothing of the lake, of Dagster or of a single record: it is handed numbers and names of rules, never
values.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

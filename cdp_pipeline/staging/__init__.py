"""Staging: accepted rows of one day -> cleaned rows with their namespace, normalised values and record key.

`pipeline.py` runs the steps: `keys.py` (namespace, record key, content hash), `person_columns.py`, `findings.py`.
The value as sent stays; its normalised form is added beside it (`phone`, `phone_e164`). `values/` normalises each
kind of value. `validation/` has typed the rows and rejected invalid ones; `current/` decides which version of a
record is the latest.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

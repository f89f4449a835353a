"""Requests of the people in the data: what was asked for, until when, what was done, and the proof of it.

`kinds.py` lists what can be asked for and `execution.py` carries it out; `requests.py` keeps the events and `policy.py`
the due dates; `person_rows.py` finds a person's rows, `export.py` and `proof.py` write. Files lie outside the lake. How
rows are read, stored and published belongs to those steps; how a command prints, to `commands/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Requests of the people in the data: what was asked for, until when, what was done, and the proof of it.

`requests.py` keeps the events of requests, `keys.py` the key that hashes and proofs are made with; both lie outside
the lake. `masking.py` masks rejected entries for the database. How rows are read, stored and published belongs to the
packages of those steps; how a command prints, to `commands/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

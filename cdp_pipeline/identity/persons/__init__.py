"""Clusters -> persons: stable ids with their history, the person of every record, and the tables that explain them.

`resolve.py` resolves one bucket of nodes, `person_ids.py` keeps ids, `attach.py` attaches records that are no nodes,
and `evidence.py` makes the explaining tables. Which records belong together is decided in `clustering/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

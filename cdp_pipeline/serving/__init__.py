"""The serving database: publishing the finished tables in one transaction, and look-ups for the command line.

`pipeline.py` loads (`loading.py`) and merges (`merge.py`) what `deltas.py` finds changed; `schema.py` declares the
SQL tables, `migrate.py` and `revisions.py` bring an older database to them. What is published belongs to
`pipeline/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Text rows and an entity's contract -> typed accepted rows, rejected rows with every reason, findings.

`pipeline.py` combines the steps: `cells.py` and `casts.py` parse, `bounds.py` and `contract.py` declare which values
a row may hold, `messages.py` explains why a row is rejected. Pandera validates rows in this package only. `ingest/`
reads the files before; `staging/` cleans the values after.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

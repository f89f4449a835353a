"""The lake: tables as Parquet files, replaced atomically, sealed and checked, under one lock.

`lake.py` reads and replaces tables, `files.py` seals and checks a file, `lock.py` lets one run write at a time. What
the tables mean belongs to the packages that write them; SQL over them belongs to `backend/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

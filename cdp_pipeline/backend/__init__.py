"""Where set-based steps run: portable SQL over Parquet files, on one machine (`local.py`) or a cluster.

`local.py` declares the interface `Backend` and its implementation by DuckDB; `spark_connect.py` speaks to Spark or
Sail and is imported only where `CDP_BACKEND` names a cluster. The texts of the queries belong to the packages that
ask them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

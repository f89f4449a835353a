"""Links -> consistent clusters: independent buckets (`graph.py`), vetoes (`vetoes.py`), cuts (`cuts.py`).

A cluster contains no vetoed pair and is never larger than the limit. Finding links belongs to `matching/`, ids to
`persons/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Current records -> pairs of records that are, or probably are, one person, each with its evidence.

By shared identifiers: `nodes.py`, `identifiers.py`, `holders.py` and `links.py`; by comparing all attributes:
`records.py`, candidate pairs (`candidates.py`), levels of agreement (`comparison.py`), scores (`model.py`,
`probable.py`). `agreement.py` compares two values for a contradiction. What follows from a contradiction belongs to
`clustering/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

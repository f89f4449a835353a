"""What a user may decide about identity: rules and limits (`rules.py`), operators' decisions (`overrides.py`).

The steps that apply them are in `matching/` and `clustering/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

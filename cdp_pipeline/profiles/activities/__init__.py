"""What a person did or received: the timeline, its counts, engagement, recency, products and subscriptions.

`meanings.py` reads the words of shops and message providers. The dimensions that activities mention are in
`dimensions/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

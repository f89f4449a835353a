"""What the sources mention but do not send as records: products, stores and campaigns, one row each."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Addresses of people, and who shares a home: addresses, homes, households, relationships.

`address_values.py` completes countries and periods. Normalising a place belongs to `values/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

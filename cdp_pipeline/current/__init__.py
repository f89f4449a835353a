"""Current: all staged days of an entity -> the latest version of each record, and its custom fields.

`entities/evidence.py` orders versions. `latest` folds them attribute by attribute, `custom_fields` key by key
without the keys that a sender protects. Staging has cleaned the rows; identity decides which records are one person.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

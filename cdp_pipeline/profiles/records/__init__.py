"""The source records of a person, and what they carry unchanged: memberships, photos, custom fields.

`version_order.py` orders the versions of a record, `findings.py` counts anomalies of people and of their records.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

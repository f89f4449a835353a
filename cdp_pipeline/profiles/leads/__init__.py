"""Leads of both lead systems, and what became of them.

`leads.py` builds `profile_leads`; status history, conversions, pets and leads that MoeGo no longer lists have a module
each. A lead's address belongs to `addresses/`, its consents to `contacts/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Phones and e-mail addresses of a person, how messages reached them, and the consents to use them.

`contacts.py`, `contact_use.py`, `consents.py` and `consent_decisions.py`. Normalising a contact belongs to
`values/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

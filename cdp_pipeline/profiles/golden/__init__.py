"""The golden record: which records supply an attribute (`attributes.py`), and which value wins (`survivorship.py`).

`survivorship_file.py` reads a user's choices, `values.py` lists the values on which records disagree, `profiles.py`
builds the table `profiles`: **a new column on the profile begins in `attributes.py`**. Child tables belong to their
subjects.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Synthetic data sets: people who do not exist, in the files their source systems would send, with the true persons.

seed -> households (`people`) -> where they are known (`presence`) -> records of every entity (`customers`, `leads`,
`events`) and their later versions (`versions`) -> rows with flaws (`flaws`) -> files (`plan`). Names,
places, products and the sample's family are files in `data/`; field names and rules come from `entities`. Nothing here
imports the packages that read the files, and other packages import only from here.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

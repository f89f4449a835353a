"""identity: current records -> persons.

    nodes -> identifiers -> likely pairs -> buckets -> links -> clusters, cut until they hold together -> ids -> records

`pipeline.py` runs the steps in order. `matching/` finds pairs of records that may be one person, `clustering/`
divides them into independent buckets and cuts clusters that contain a contradiction, `persons/` gives ids and
attaches every record to its person, `configuration/` reads rules and operators' decisions. The attributes of a
person are chosen in `profiles/`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

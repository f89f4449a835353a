"""Raw files of one entity and day -> accepted and rejected rows in the lake, and a report with a balanced ledger.

This package finds the days to read, reads them, holds broken deliveries, and writes the reports that later steps
use. `ingest/`, `validation/` and `staging/` read, check and clean the rows; `pipeline/` builds the layers from them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

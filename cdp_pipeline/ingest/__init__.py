"""Raw files -> batches of text rows; what cannot be read becomes a rejected row, and no entry is lost.

`files.py` lists the landing folders, `pipeline.py` reads a file of any format, `apart.py` does so in a separate
process, and `batch.py` declares the result. A format has a module: `json_documents`, `csv_files`, `parquet`,
`excel`. `field_names` and `mappings` resolve the names of fields, `envelopes` and `entries` open requests. Cells
stay text here; `validation/` casts them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

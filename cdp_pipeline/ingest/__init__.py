"""Raw files -> batches of text rows; what cannot be read becomes a rejected row, and no entry is lost.

`files` lists the landing folders. `read` is the entry point of the package, and `batch` declares its result. Each
format has a module of its own: `json_lines`, `json_documents`, `delimited`, `parquet`, `excel`. Below them, `encoding`,
`spool` and `lines` turn bytes into lines, and `csv_records` turns lines into records. `field_names` and `mappings`
resolve the names of fields, `tabular` makes rows of tables, and `conventions` infers how a file writes numbers and
dates. `envelopes` opens requests, `entries` parses JSON in bulk and `exact` one entry at a time. Cells stay text here;
`validation/` casts them.
"""

"""Raw files as they were dropped -> batches of text rows, everything unreadable kept beside them, nothing lost.

`files` finds what lies in the landing folders; `read` is the door, `batch` what comes out of it. A format has a module
of its own: `json_lines`, `json_documents`, `delimited`, `parquet`, `excel`. Under them, `encoding`, `spool` and `lines`
turn bytes into lines, `csv_records` lines into records, `field_names` and `mappings` say what names mean, `tabular`
makes rows of tables, `conventions` tells how a file writes numbers and dates, `envelopes` takes requests apart,
`entries` reads JSON many at a time and `exact` one by one. Here a cell stays text; what it means is decided in
`validation/`.
"""

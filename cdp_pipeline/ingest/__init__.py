"""Raw files as they were dropped -> batches of text rows, everything unreadable kept beside them, nothing lost.

`files` finds what lies in the landing folders; `read` is the door, `batch` what comes out of it. A format has a module
of its own: `json_lines`, `json_documents`, `delimited`, `parquet`, `excel`. Under them, `encoding`, `spool` and `lines`
turn bytes into lines, `field_names` matches names, `envelopes` takes requests apart, `entries` reads JSON many at a
time and `exact` one by one. Here a cell stays text; what it means is decided in `validation/`.
"""

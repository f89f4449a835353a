"""Text rows and an entity's contract -> typed accepted rows, rejected rows with every reason, findings.

`cells` and `casts` parse cells. `bounds` and `contract` declare which values a row may hold. `repairs` replaces cells
where an entity allows it. `reasons` and `messages` explain a rejection, and `validate` combines all steps. Pandera
validates rows in this package only. `ingest` reads the files before; `staging` cleans the values after.
"""

"""The revisions of the published schema, `r<number>_<what changes>.py`."""

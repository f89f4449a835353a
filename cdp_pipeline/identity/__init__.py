"""identity: current records -> persons.

    nodes -> identifiers -> links -> clusters -> person ids -> every record attached, or unlinked with its reason

`resolve.py` runs the steps in order; each step is a pure function over declared tables and can be followed by further
ones (vetoes after links, cuts after clusters, overrides before both). What a person looks like is decided in
`profiles/`.
"""

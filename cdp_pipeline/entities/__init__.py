"""Declarations of the data: one module per entity, and the types they are declared with.

Columns, kinds of column, keys, references, rules and identifiers of a person are declared here only; the other packages
derive what they need. This package imports nothing from the others. To add an entity, write its module and list it in
`registry.py`.
"""

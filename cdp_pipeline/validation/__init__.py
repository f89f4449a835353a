"""Validation: text rows and an entity's contract -> typed accepted rows, rejected rows with every reason, findings.

`cells` and `casts` give types, `bounds` and `contract` say what may stand in a row, `repairs` replaces what an entity
wants replaced, `reasons` and `messages` explain a rejection, `validate` puts them together. The only room that runs
Pandera. Reading files comes before, cleaning values after.
"""

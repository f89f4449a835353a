"""What the data is: one module per entity, and the forms they are declared in.

Columns, kinds of column, keys, references, rules and what says who a record is about stand here and
nowhere else; every other room derives what it needs. Nothing of the house is imported here.
To add an entity, write its module and list it in `registry.py`.
"""

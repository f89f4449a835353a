"""What the command line prints: one module per command, masked unless asked otherwise.

`cli.py` declares the commands and their options and calls one function here. `printing.py` is the one way in which
text reaches the terminal, `cells.py` shows values, `arguments.py` reads dates and object types. What a command
computes belongs to the packages of its subject.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

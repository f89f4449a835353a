# What other packages import from here; each is loaded at its first use.
from .graph import crowded_query as crowded_query, label_components as label_components

"""Synthetic data sets: people who do not exist, in the files their source systems would send, with the true persons.

seed -> households (`people`) -> where they are known (`presence`) -> records of every entity (`customers`, `leads`,
`events`) and their later versions (`versions`) -> rows with flaws (`flaws`) -> files (`plan`). Names,
places, products and the sample's family are files in `data/`; field names and rules come from `entities`. Nothing here
imports the packages that read the files, and other packages import only from here.
"""

from cdp_pipeline.generator.dataset import GeneratedData, generate, generate_rows
from cdp_pipeline.generator.sample import write_sample
from cdp_pipeline.generator.versions import WRITTEN
from cdp_pipeline.generator.words import Entry

__all__ = ["WRITTEN", "Entry", "GeneratedData", "generate", "generate_rows", "write_sample"]

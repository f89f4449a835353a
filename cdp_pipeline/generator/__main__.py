"""`python -m cdp_pipeline.generator FOLDER`: writes the committed sample."""

import sys
from pathlib import Path

from cdp_pipeline.generator import write_sample

write_sample(Path(sys.argv[1]))

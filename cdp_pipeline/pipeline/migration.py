"""`make migration m="what changes"`: writes the revision that leads to what is declared now.

python -m cdp_pipeline.pipeline.migration "what changes"
"""

import sys

from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving import draft_revision


def main() -> int:
    """Write the revision and print its path; the exit status is 2 for wrong usage."""
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.stderr.write('Describe what changes: make migration m="profiles have a birthday".\n')
        return 2
    written = draft_revision(sys.argv[1].strip(), PUBLISHED_TABLES)
    if written is None:
        sys.stdout.write("Nothing to do: the newest revision is what is declared.\n")
    else:
        sys.stdout.write(f"Read it, then commit it: {written}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

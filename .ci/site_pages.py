"""Hooks of MkDocs: the documents outside docs/ are pages too, and links between all of them hold on the site.

On the site README.md is the first page, and `docs/` is its top. Everything else stands where it does in the checkout.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.superfences import fence_code_format

ROOT = Path(__file__).parents[1]
OUTSIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md")
_LINK = re.compile(r"(?<=\]\()[^)\s:#]+(?=[)#])")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Draw Mermaid's pictures; named here, so that the configuration is plain YAML."""
    fence = {"name": "mermaid", "class": "mermaid", "format": fence_code_format}
    config.markdown_extensions.append("pymdownx.superfences")
    config.mdx_configs["pymdownx.superfences"] = {"custom_fences": [fence]}
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents outside docs/."""
    for name in OUTSIDE:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have the links of a page lead to where their targets stand on the site."""
    here = page.file.src_uri if page.file.src_uri in OUTSIDE else f"docs/{page.file.src_uri}"

    def moved(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), link[0]))
        return posixpath.relpath(target.removeprefix("docs/"), posixpath.dirname(page.file.src_uri) or ".")

    return _LINK.sub(moved, markdown)

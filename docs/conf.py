"""How the site is built (`nox -s docs`). Owns what Sphinx is told, and nothing else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "sqlplumb"
html_title = "sqlplumb"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "command_reference"]
exclude_patterns = ["conf.py"]
html_theme = "furo"  # light and dark, as the reader's system says
html_static_path = ["_static"]
html_css_files = ["outputs.css"]
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 4  # a link to a heading is a link as on the forge
copybutton_exclude = ".linenos, .gp, .go"
nitpicky = True  # a name that leads nowhere is an error
nitpick_ignore_regex = [("py:class", ".*")]  # the types of a signature have no pages


def setup(app: Sphinx) -> None:
    app.connect("build-finished", _copy_folders)


def _copy_folders(app: Sphinx, error: Exception | None) -> None:
    """Let files lie beside each other as they do here: schemas of JSON, which name others, and the
    pages that commands write."""
    for folder in ("reference/json", "reference/outputs") if error is None else ():
        shutil.copytree(HERE / folder, Path(app.outdir) / folder, dirs_exist_ok=True)

"""How the site is built (`nox -s docs`). Owns what Sphinx is told, and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "sqlplumb"
html_title = "sqlplumb"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "command_reference"]
exclude_patterns = ["conf.py"]
html_theme = "furo"  # light and dark, as the reader's system says
html_copy_source = False
html_show_sphinx = False
myst_heading_anchors = 4  # a link to a heading is a link as on the forge
copybutton_exclude = ".linenos, .gp, .go"
nitpicky = True  # a name that leads nowhere is an error
nitpick_ignore_regex = [("py:class", ".*")]  # the types of a signature have no pages

"""`python -m sqlplumb`."""

import sys

from sqlplumb.cli import main

sys.exit(main())

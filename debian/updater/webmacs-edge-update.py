"""Entry of the helper for `python3 -I -S`: it loads what lies beside it and nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from webmacs_updater.main import main

sys.exit(main(sys.argv[1:]))

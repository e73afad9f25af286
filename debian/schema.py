"""Prints which schema of the databases this version has: the updater compares it."""

import json
import re
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
versions = (HERE / "migrations" / "versions").glob("[0-9]*.py")
steps = (HERE / "webmacs_edge" / "store" / "history_upgrade.py").read_text(encoding="utf-8")
print(  # noqa: T201 what it is for
    json.dumps(
        {
            "config": max(path.name.partition("_")[0] for path in versions),
            "history": max(re.findall(r"^ +Step\((\d+),", steps, re.MULTILINE), key=int),
        }
    )
)

"""What this box saw last of its audit trail: in a file of its own, beside the database.

Whoever cuts the end off the trail, or puts an older copy of the database in place, would also
have to change this file.
"""

import json
import logging
from pathlib import Path

from webmacs_edge.store.audit_chain import Head
from webmacs_edge.store.datadir import write_private

log = logging.getLogger(__name__)

NAME = "audit.head"


def read_seen(data_dir: Path) -> Head | None:
    """The newest entry seen; None on a fresh box, or when the file cannot be understood."""
    file = data_dir / NAME
    try:
        content = json.loads(file.read_bytes())
        return Head(int(content["id"]), str(content["hash"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read, so that the end of the audit trail cannot be checked: %s",
                    file, error)  # fmt: skip
        return None


def write_seen(data_dir: Path, head: Head) -> None:
    """Remember the newest entry; only the owner may read it."""
    write_private(data_dir / NAME, json.dumps(head._asdict()).encode())

"""Prints the bill of materials of the vendored libraries (CycloneDX 1.6, JSON).

sbom.py FOLDER     the folder that `vendor.py unpack` made
"""

import json
import sys
import tomllib
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def main() -> None:
    """Print it; the same folder gives the same text."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    ours = {"type": "application", "name": project["name"], "version": project["version"]}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**ours, "licenses": [{"license": {"id": project["license"]}}]}},
        "components": list(components(Path(sys.argv[1]))),
    }
    sys.stdout.write(json.dumps(bill, indent=1) + "\n")


def components(folder: Path) -> Iterator[dict[str, Any]]:
    """One entry a library, by name."""
    for file in sorted(folder.glob("*.dist-info/METADATA")):
        about = Parser().parsestr(file.read_text(encoding="utf-8"), headersonly=True)
        name, version = about["Name"], about["Version"]
        purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
        entry = {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
        licence = _licence(about)
        yield {**entry, "licenses": [licence]} if licence else entry


def _licence(about: Message) -> dict[str, Any] | None:
    expression = about["License-Expression"]
    if expression:
        return {"expression": expression}
    classified = [
        line.rpartition(" :: ")[2]
        for line in about.get_all("Classifier", [])
        if line.startswith("License :: ")
    ]
    said = classified[0] if classified else (about["License"] or "").partition("\n")[0].strip()
    return {"license": {"name": said}} if said else None


if __name__ == "__main__":
    main()

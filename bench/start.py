"""Start-up time and memory of the appliance as a process: `python -m bench.start [--minutes 0]`.

Starts the demo as `make demo` does on an empty data directory, waits for `/health`, then for the
first stored sample, and reports RSS and PSS of the appliance (the plant is not counted).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

PORT = 8091


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.0, help="wait before measuring memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data_dir:
        environment = {
            **os.environ,
            "WEBMACS_DATA_DIR": data_dir,
            "WEBMACS_PORT": str(PORT),
            "WEBMACS_HTTPS_PORT": "0",
        }
        start_s = time.monotonic()
        process = subprocess.Popen(
            [sys.executable, "-OO", "-m", "webmacs_edge", "demo"],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait(bool)
            served_s = time.monotonic() - start_s
            _wait(lambda health: health["last_datapoint"] is not None)
            value_s = time.monotonic() - start_s
            print(f"serves pages after {served_s:.2f} s, first value after {value_s:.2f} s")
            time.sleep(options.minutes * 60)
            rss, pss = _memory(process.pid)
            print(f"after {options.minutes:g} min: RSS {rss:.1f} MiB, PSS {pss:.1f} MiB")
        finally:
            process.terminate()
            process.wait(15)


def _wait(is_there: Callable[[dict[str, Any]], bool]) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=1) as answer:
                if is_there(json.load(answer)):
                    return
        except OSError:
            pass
        time.sleep(0.02)


def _memory(pid: int) -> tuple[float, float]:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {
        line.split(":")[0]: int(line.split()[1]) / 1024
        for line in rollup.splitlines()
        if line.endswith("kB")
    }
    return sizes["Rss"], sizes["Pss"]


if __name__ == "__main__":
    main()

"""Starts the appliance on its vendored libraries and on nothing else of the host.

`python3 -I -S launch.py [ARGUMENTS]`, or `launch.py --module NAME [ARGUMENTS]` for a child process:
neither the environment nor a user's site nor dist-packages nor any .pth file takes part.
"""

import runpy
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_MODULE_AT, _NAME_AT, _REST_AT = 1, 2, 3


def main() -> None:
    """Run the module that was asked for, by default the command line."""
    sys.path[:0] = [str(_HERE), str(_HERE / "vendor")]
    name = "webmacs_edge"
    if len(sys.argv) > _NAME_AT and sys.argv[_MODULE_AT] == "--module":
        name = sys.argv[_NAME_AT]
        del sys.argv[_MODULE_AT:_REST_AT]
    sys.argv[0] = "webmacs-edge"
    runpy.run_module(name, run_name="__main__", alter_sys=True)


main()

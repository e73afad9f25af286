"""Starting modules of our own in a process of their own."""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
LAUNCHER = _ROOT / "launch.py"  # only where the package was installed from a .deb


def own_python(module: str) -> list[str]:
    """The command that runs this module with the same interpreter, flags and libraries as us.

    A packaged appliance shuts out the libraries of its host (`python3 -I -S`), so its children
    start by way of the launcher, which knows where ours are.
    """
    optimised = ["-" + "O" * sys.flags.optimize] if sys.flags.optimize else []
    if LAUNCHER.exists():
        return [sys.executable, *optimised, "-I", "-S", str(LAUNCHER), "--module", module]
    return [sys.executable, *optimised, "-m", module]

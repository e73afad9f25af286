"""The set-up code of a fresh appliance, in a file that its owner and root may read."""

from pathlib import Path

from webmacs_edge.model.setup_codes import make_setup_code
from webmacs_edge.store.datadir import write_private

NAME = "setup.code"
ISSUE = Path("/run/issue.d/webmacs-edge.issue")  # shown above the login of the console


def read_setup_code(data_dir: Path) -> str:
    """The code; "" when there is none."""
    try:
        return (data_dir / NAME).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def keep_setup_code(data_dir: Path) -> str:
    """The code, made at the first call; OSError when it cannot be kept."""
    code = read_setup_code(data_dir)
    if not code:
        code = make_setup_code()
        write_private(data_dir / NAME, code.encode())
    return code


def forget_setup_code(data_dir: Path, *, issue: Path = ISSUE) -> None:
    """It is used up: no longer shown anywhere."""
    (data_dir / NAME).unlink(missing_ok=True)
    show_on_console("", issue=issue)


def show_on_console(text: str, *, issue: Path = ISSUE) -> bool:
    """Write it where the login of the console shows it; False where the package made no place."""
    try:
        with issue.open("r+", encoding="ascii", errors="replace") as place:  # never made anew here
            place.truncate()
            place.write(text.replace("\\", ""))
    except OSError:
        return False
    return True

"""Other programs that write outputs are named."""

from pathlib import Path

from webmacs_edge.control.writers import other_writers


def make_process(proc: Path, number: int, comm: str, *cmdline: str) -> None:
    folder = proc / str(number)
    folder.mkdir()
    (folder / "comm").write_text(f"{comm}\n")
    (folder / "cmdline").write_bytes("\0".join(cmdline).encode() + b"\0")


def test_programs_are_found_by_name_or_by_command_line(tmp_path):
    make_process(tmp_path, 1, "systemd", "/sbin/init")
    make_process(tmp_path, 70, "node-red", "node-red")
    make_process(tmp_path, 71, "python3", "/usr/bin/python3", "/usr/share/revpipyload/revpipyload")
    make_process(tmp_path, 72, "piModbusMaster", "/usr/bin/piModbusMaster")
    (tmp_path / "73").mkdir()

    assert other_writers(tmp_path) == ["RevPiPyLoad", "Node-RED", "RevPi Modbus"]


def test_the_word_in_a_path_or_an_argument_far_behind_is_no_program(tmp_path):
    make_process(tmp_path, 5, "less", "less", "-R", "-S", "node-red")
    make_process(tmp_path, 6, "cat", "cat", "/var/log/node-red/log.txt")

    assert other_writers(tmp_path) == []


def test_without_a_process_table_nothing_is_found(tmp_path):
    assert other_writers(tmp_path / "none") == []

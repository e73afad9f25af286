"""Compiled templates on the disk."""

import asyncio
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from tests.waiting import eventually
from webmacs_edge.config import RESOURCES
from webmacs_edge.web.template_cache import CompiledTemplates, Compiler


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    directory = tmp_path / "templates"
    directory.mkdir()
    for name in ("a.html", "b.html"):
        (directory / name).write_text(f"{name} {{{{ 1 + 1 }}}}")
    return directory


def environment(templates: Path, cache: CompiledTemplates) -> Environment:
    return Environment(
        loader=FileSystemLoader(templates), bytecode_cache=cache, autoescape=True, auto_reload=False
    )


async def test_what_was_compiled_in_the_background_is_not_compiled_again(
    tmp_path: Path, templates: Path, monkeypatch: pytest.MonkeyPatch
):
    cache = CompiledTemplates(tmp_path / "cache", templates)
    task = asyncio.ensure_future(Compiler(environment(templates, cache), cache).run())
    await eventually(lambda: cache.count() == 2, what="compiled templates")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    fresh = environment(templates, CompiledTemplates(tmp_path / "cache", templates))
    monkeypatch.setattr(fresh, "compile", None)  # would fail if it were called

    assert fresh.get_template("a.html").render() == "a.html 2"


def test_a_changed_template_is_compiled_anew_and_old_ones_go(tmp_path: Path, templates: Path):
    old = CompiledTemplates(tmp_path / "cache", templates)
    environment(templates, old).get_template("a.html")
    (templates / "a.html").write_text("new")

    new = CompiledTemplates(tmp_path / "cache", templates)
    said = environment(templates, new).get_template("a.html").render()
    new.drop_others()

    assert said == "new"
    assert new.count() == 1
    assert not old.place.exists()


def test_a_cut_or_foreign_file_costs_nothing_but_time(tmp_path: Path, templates: Path):
    cache = CompiledTemplates(tmp_path / "cache", templates)
    environment(templates, cache).get_template("a.html")
    [file] = cache.place.glob("*.cache")
    for content in (file.read_bytes()[:-20], b"", b"nonsense"):
        file.write_bytes(content)

        said = environment(templates, cache).get_template("a.html").render()

        assert said == "a.html 2"


def test_a_disk_that_refuses_does_not_keep_a_page_from_its_visitor(tmp_path: Path, templates: Path):
    (tmp_path / "cache").write_text("a file where the directory should be")
    cache = CompiledTemplates(tmp_path / "cache", templates)

    said = environment(templates, cache).get_template("a.html").render()

    assert said == "a.html 2"
    assert cache.count() == 0


def test_every_template_of_ours_compiles():
    env = Environment(
        loader=FileSystemLoader(RESOURCES / "templates"), autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )  # fmt: skip

    assert env.loader is not None
    sources = {name: env.loader.get_source(env, name)[0] for name in env.list_templates()}

    assert len(sources) > 100
    for name, source in sources.items():
        assert env.parse(source, name).body

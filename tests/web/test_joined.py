"""Files of pages are sent joined with what they import."""

import pytest

from webmacs_edge.config import RESOURCES
from webmacs_edge.web.assets import Assets
from webmacs_edge.web.joined import joined

FILES = {
    "css/page.css": '@layer a;\n@import "base.css";\n@import "../vendor/x.css";\n.page {}\n',
    "css/base.css": '@import "../vendor/x.css";\n.base {}\n',
    "vendor/x.css": ".x {}\n",
    "js/page.js": 'import "./aside.js";\n'
    'import { twice as two, ONE } from "./sums.js";\ntwo(ONE);\n',
    "js/sums.js": 'import { add } from "./add.js";\n'
    "export const ONE = 1;\nexport class Unused {}\nexport const twice = (it) => add(it, it);\n",
    "js/add.js": "export const add = (a, b) => a + b;\n",
    "js/aside.js": "document.title;\n",
    "js/round.js": 'import { a } from "./again.js";\n',
    "js/again.js": 'import { b } from "./round.js";\nexport const a = b;\n',
}


def test_a_sheet_holds_each_of_those_it_imports_once_and_in_their_order():
    assert joined("css/page.css", FILES.__getitem__).split() == [
        "@layer", "a;", ".x", "{}", ".base", "{}", ".page", "{}",
    ]  # fmt: skip


def test_a_script_holds_its_modules_before_those_that_need_them():
    assert joined("js/page.js", FILES.__getitem__) == (
        "const $js_aside = (() => {\ndocument.title;\n})();\n"
        "const $js_add = (() => {\nconst add = (a, b) => a + b;\nreturn { add };\n})();\n"
        "const $js_sums = (() => {\nconst { add } = $js_add;\n"
        "const ONE = 1;\nclass Unused {}\nconst twice = (it) => add(it, it);\n"
        "return { ONE, twice };\n})();\n"
        "\nconst { twice: two, ONE } = $js_sums;\ntwo(ONE);\n"
    )


def test_modules_that_import_one_another_are_refused():
    with pytest.raises(ValueError, match="imports itself"):
        joined("js/round.js", FILES.__getitem__)


@pytest.mark.parametrize("path", ["js/trend.js", "js/dashboard.js", "css/wall.css", "css/base.css"])
def test_our_own_files_ask_for_no_other(path: str):
    sent = Assets(RESOURCES / "static").find(path).plain

    assert b"\nimport " not in sent
    assert b"\nexport " not in sent
    assert b'@import "' not in sent

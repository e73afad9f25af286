"""Drawings that people upload: what is left of hostile ones, and what of good ones."""

import time
from base64 import b64encode
from html.parser import HTMLParser

import pytest

from webmacs_edge.model.errors import InvalidError
from webmacs_edge.model.svg import MAX_BYTES, clean_svg, placed
from webmacs_edge.model.svg_words import ATTRIBUTES, ELEMENTS

XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def cleaned(inner: str, head: str = 'viewBox="0 0 100 50"') -> str:
    """What a page shows of a drawing with this in it."""
    return placed(clean_svg(f"<svg {XMLNS} {head}>{inner}</svg>".encode()).content, "w1-")


def png(width: int, height: int) -> str:
    """The address of an image within a drawing that says that it is so large."""
    size = width.to_bytes(4) + height.to_bytes(4)
    content = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + size + b"\x08\0\0\0\0"
    return f"data:image/png;base64,{b64encode(content).decode()}"


HOSTILE = [
    "<script>alert(1)</script>",
    '<script xlink:href="https://evil.example/x.js"/>',
    '<SCRIPT xmlns="http://www.w3.org/1999/xhtml">alert(1)</SCRIPT>',
    '<rect width="1" height="1" onload="alert(1)" onclick="alert(1)" ONMOUSEOVER="alert(1)"/>',
    '<a xlink:href="javascript:alert(1)"><rect width="1" height="1"/></a>',
    '<a href="https://evil.example/"><text>Press me</text></a>',
    '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></body></foreignObject>',
    '<image href="https://evil.example/spy.png"/>',
    '<image xlink:href="//evil.example/spy.png"/>',
    '<image href="data:image/svg+xml;base64,PHN2Zz48c2NyaXB0Lz48L3N2Zz4="/>',
    '<image href="data:text/html,alert(1)"/>',
    '<use href="https://evil.example/x.svg#a"/>',
    '<use xlink:href="data:image/svg+xml,alert(1)#x"/>',
    '<rect fill="url(https://evil.example/x#a)"/>',
    '<rect fill="URL( javascript:alert(1) )"/>',
    '<rect style="fill:url(https://evil.example/)"/>',
    '<rect style="background:url(javascript:alert(1));behavior:url(#evil)"/>',
    '<rect style="width:expression(alert(1))"/>',
    "<style>@import url(//evil.example/x.css); .a { fill: url(//evil.example/) }</style>",
    '<style>rect { fill: red; -moz-binding: url("https://evil.example/x#a") }</style><rect/>',
    "<rect mask=\"image-set('https://evil.example/spy.png' 1x)\"/>",
    "<style>rect { mask: -webkit-image-set( 'https://evil.example/spy.png' 1x) }</style><rect/>",
    "<rect fill=\"src('https://evil.example/x#a')\"/>",
    '<animate attributeName="href" values="javascript:alert(1)"/>',
    '<rect><set attributeName="onmouseover" to="alert(1)"/></rect>',
    '<use href="#a"><animate attributeName="href" to="data:x,alert(1)"/></use>',
    '<handler xmlns="http://www.w3.org/2001/xml-events">alert(1)</handler>',
    '<iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/>',
    '<title><script>alert(1)</script><img src="x" onerror="alert(1)"/></title>',
    '<desc>&lt;/desc&gt;&lt;script&gt;alert(1)&lt;/script&gt;</desc>',
    '<text>&lt;img src=x onerror=alert(1)&gt;</text>',
    '<rect id="x&quot; onload=&quot;alert(1)" class="dialog"/>',
    '<rect fill="&quot; onload=&quot;alert(1)"/>',
    "<rect fill=\"red' onload='alert(1)\"/>",
    '<metadata><script>alert(1)</script></metadata>',
    '<filter id="f"><feImage href="https://evil.example/spy.png"/></filter>',
    '<rect width="1" height="1" xml:base="https://evil.example/" tabindex="0" autofocus=""/>',
    '<video xmlns="http://www.w3.org/1999/xhtml"><source onerror="alert(1)"/></video>',
    '<![CDATA[<script>alert(1)</script>]]>',
    '<?xml-stylesheet href="https://evil.example/x.css"?><rect/>',
    '<!--><script>alert(1)</script>--><rect/>',
    '<svg onload="alert(1)"><g onfocus="alert(1)"/></svg>',
]  # fmt: skip
NAMES = {name.lower() for name in ELEMENTS.values()}
ATTRIBUTE_NAMES = {name.lower() for name in ATTRIBUTES} | {"id", "data-part", "href", "xmlns"}


class Page(HTMLParser):
    """What a browser makes of it: every element with its attributes, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.others: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


@pytest.mark.parametrize("inner", HOSTILE)
def test_nothing_that_could_act_is_left(inner: str):
    page = Page()
    page.feed(cleaned(inner))

    assert page.others == []
    assert page.elements[0][0] == "svg"
    for name, attributes in page.elements:
        assert name in NAMES
        assert set(attributes) <= ATTRIBUTE_NAMES
        assert (attributes.get("href") or "#w1-").startswith("#w1-")
        assert not any("url(" in (value or "").lower() for value in attributes.values())
        assert not any("evil" in (value or "") for value in attributes.values())


REFUSED = [
    (b'<!DOCTYPE svg [<!ENTITY a "ha">]><svg xmlns="http://www.w3.org/2000/svg"/>', "entities"),
    (b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', "entities"),
    (b'<!DOCTYPE svg [<!ENTITY % p SYSTEM "http://evil.example/"> %p;]><svg/>', "entities"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'>&nbsp;</svg>", "no SVG that can be read"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'>&#2;</svg>", "no SVG that can be read"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'><g></svg>", "no SVG that can be read"),
    (b"<?xml version='1.0' encoding='utf-7'?><svg/>", "no SVG that can be read"),
    (b"\x89PNG\r\n", "no SVG that can be read"),
    (b"", "no SVG that can be read"),
    (b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "no SVG"),
    (b"<svg xmlns='http://www.w3.org/1999/xhtml'/>", "no SVG"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'>" + b" " * MAX_BYTES + b"</svg>", "512 KiB"),
]


@pytest.mark.parametrize(("content", "why"), REFUSED)
def test_what_is_no_plain_drawing_is_refused(content: bytes, why: str):
    with pytest.raises(InvalidError, match=why):
        clean_svg(content)


def test_a_drawing_that_would_keep_a_browser_busy_is_refused():
    deep = "<g>" * 70 + "</g>" * 70
    many = "<g/>" * 20_001
    lines = ["<g id='a0'><rect/><rect/></g>"]
    for number in range(1, 10):
        again = f"<use href='#a{number - 1}'/>" * 10
        lines.append(f"<g id='a{number}'>{again}</g>")
    doubling = "".join(lines)
    chain = "".join(f"<use id='u{n}' href='#u{n + 1}'/>" for n in range(5000))
    circle = "<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"
    path = "L1 1 " * 9999
    marker = f"<marker id='m'>{'<rect/>' * 100}</marker>"
    markers = f"{marker}<path marker-mid='url(#m)' d='{path}'/>"

    for inner in (deep, many, doubling, chain, markers):
        with pytest.raises(InvalidError, match="too many or too deeply"):
            cleaned(inner)
    with pytest.raises(InvalidError, match="repeats itself"):
        cleaned(circle)


def test_a_drawing_as_programs_write_it_keeps_its_look():
    html = cleaned(
        "<defs><style>/* x */ .tank, .pipe { fill: #eee; stroke-width: 2 !important }"
        " #lid { stroke: red }</style>"
        '<linearGradient id="shine"><stop offset="0" style="stop-color:#fff"/></linearGradient>'
        "</defs>"
        '<g id="layer1" transform="translate(1,2)"><path id="lid" class="tank" d="M0 0h9"'
        ' style="fill:url(#shine);fill-opacity:0.5;-inkscape-font-specification:Sans"/></g>'
        '<use xlink:href="#lid" x="3"/><text id="t"><tspan x="1">21.5 &lt; °C</tspan></text>'
        f'<image href="{png(2, 2)}"/>',
        head='width="30mm" height="20mm"',
    )

    assert 'viewBox="0 0 30 20"' in html
    assert (
        '<path id="w1-lid" data-part="lid" d="M0 0h9" fill="url(#w1-shine)" stroke-width="2"'
        ' stroke="red" fill-opacity="0.5"></path>'
    ) in html
    assert '<stop offset="0" stop-color="#fff"></stop>' in html
    assert '<use href="#w1-lid" x="3"></use>' in html
    assert '<tspan x="1">21.5 &lt; °C</tspan>' in html
    assert f'<image href="{png(2, 2)}"></image>' in html


def test_ids_and_what_was_left_out_are_told():
    drawing = clean_svg(
        f'<svg {XMLNS} viewBox="0 0 8 4"><script/><g id="a" onclick="x"/><g id="a"/>'
        '<g id="b b"/></svg>'.encode()
    )

    assert drawing.parts == ("a",)
    assert dict(drawing.dropped) == {"script": 1, "onclick": 1}
    assert (drawing.width, drawing.height) == (8, 4)


LARGE = 400_000
SLOW = [
    f"<style>{'/*' * (LARGE // 2)}</style>",
    f"<style>{'a' * LARGE}</style>",
    f"<style>{('a' * 500 + '{' + 'b' * 3990) * (LARGE // 4500)}</style>",
    f"<rect style='fill:a{' ' * LARGE}b'/>",
    f"<rect fill='a{'(' * LARGE}'/>",
    f"<rect fill='{'a' * LARGE}('/>",
    f"<image href='data:image/png;base64,{'A' * LARGE}!'/>",
]


@pytest.mark.parametrize("inner", SLOW, ids=range(len(SLOW)))
def test_no_text_takes_longer_to_read_than_it_is_long(inner: str):
    began = time.process_time()

    cleaned(inner)

    assert time.process_time() - began < 1  # some take minutes when each letter is tried anew


def test_a_style_sheet_makes_no_more_of_a_drawing_than_attributes_would():
    words = "".join(f"rect {{ {name}: {'a' * 3900} }}" for name in ("fill", "stroke", "color"))
    sheet = f"<style>{words}</style>" + "<rect/>" * 5000
    path = f"d='{'L1 1 ' * 9999}'"
    marker = f"<marker id='m'>{'<rect/>' * 100}</marker>"
    ruled = f"<style>path {{ marker-mid: url(#m) }}</style>{marker}<path {path}/>"
    many = "<rect/>" * 500
    filled = f"<pattern id='p'>{many}</pattern><g fill='url(#p)'>{many}</g>"

    for inner in (sheet, ruled, filled):
        with pytest.raises(InvalidError, match="too many or too deeply"):
            cleaned(inner)
    assert "url(" not in cleaned(f"<g marker-mid='url(#m)'>{marker}<path {path}/></g>")


def test_images_within_a_drawing_are_of_a_size_that_browsers_can_unpack():
    fits, huge = png(3000, 3000), png(60_000, 60_000)

    html = cleaned(f'<image href="{fits}"/><image href="{huge}"/><image href="{fits}"/>')

    assert html.count("href=") == 1


@pytest.mark.parametrize("box", ["0 0 -5 5", "0 0 0 5", "x", ""])
def test_a_drawing_without_a_usable_size_has_the_usual_one(box: str):
    drawing = clean_svg(f'<svg {XMLNS} viewBox="{box}" width="-3"/>'.encode())

    assert (drawing.width, drawing.height) == (300, 150)

"""The little markdown of notes: words and marks, and never anything that a browser would run."""

import pytest

from webmacs_edge.model.markup import MAX_BLOCKS, Block, Mark, Span, blocks_of, spans_of


def test_headings_lists_and_paragraphs_become_blocks():
    source = "# Start up\n\nFirst\nsecond\n\n- one\n- two\n1. a\n2) b\n\nlast"

    assert [(it.kind, len(it.lines)) for it in blocks_of(source)] == [
        ("h1", 1), ("p", 2), ("ul", 2), ("ol", 2), ("p", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "spans"),
    [
        ("plain", (Span("plain"),)),
        ("", (Span(""),)),
        ("a **b** c", (Span("a "), Span("b", Mark.strong), Span(" c"))),
        ("*a* `b*`", (Span("a", Mark.emphasis), Span(" "), Span("b*", Mark.code))),
        ("2 * 3 * 4", (Span("2 * 3 * 4"),)),
        ("**open", (Span("**open"),)),
        ("[t](/trends?span=1h)", (Span("t", Mark.link, "/trends?span=1h"),)),
        ("[t](https://a.lan/x)", (Span("t", Mark.link, "https://a.lan/x"),)),
    ],
)
def test_marks_set_words_off(line, spans):
    assert spans_of(line) == spans


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "//evil.example", "data:text/html,x", 'https://a"b', "x"]
)
def test_a_link_to_anything_else_stays_as_it_was_typed(target):
    assert spans_of(f"[t]({target})") == (Span(f"[t]({target})"),)


def test_html_is_words_like_all_others_and_long_texts_end():
    assert blocks_of("<script>1</script>") == (Block("p", ((Span("<script>1</script>"),),)),)
    assert len(blocks_of("# a\n" * 5000)) == MAX_BLOCKS

"""The elements and attributes of SVG that a drawing may keep."""

# What is read -> as what it is written: a link becomes a plain group.
ELEMENTS = {
    name: name
    for name in (
        "svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line",
        "polyline", "polygon", "text", "tspan", "textPath", "title", "desc", "linearGradient",
        "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "image",
    )
} | {"a": "g", "switch": "g"}  # fmt: skip
# Browsers read what stands in these as HTML: nothing but words may.
WORDS_ONLY = frozenset({"title", "desc"})
WITH_WORDS = WORDS_ONLY | {"text", "tspan", "textPath"}
REFERRING = frozenset({"use", "textPath", "linearGradient", "radialGradient", "pattern"})
# What also stands in `style=` and style sheets, and is the same as an attribute.
PROPERTIES = frozenset((
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity",
    "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray",
    "stroke-dashoffset", "opacity", "color", "display", "visibility", "clip-path", "clip-rule",
    "mask", "marker", "marker-start", "marker-mid", "marker-end", "stop-color", "stop-opacity",
    "font-family", "font-size", "font-style", "font-weight", "font-variant", "font-stretch",
    "text-anchor", "text-decoration", "dominant-baseline", "alignment-baseline", "baseline-shift",
    "letter-spacing", "word-spacing", "writing-mode", "direction", "vector-effect", "paint-order",
    "shape-rendering", "text-rendering", "transform",
))  # fmt: skip
ATTRIBUTES = PROPERTIES | {
    "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "fr", "dx", "dy",
    "width", "height", "d", "points", "pathLength", "rotate", "textLength", "lengthAdjust",
    "startOffset", "viewBox", "preserveAspectRatio", "offset", "gradientUnits",
    "gradientTransform", "spreadMethod", "patternUnits", "patternContentUnits",
    "patternTransform", "clipPathUnits", "maskUnits", "maskContentUnits", "markerUnits",
    "markerWidth", "markerHeight", "refX", "refY", "orient", "data-channel",
}  # fmt: skip
# What may stand before a bracket; others, such as `image-set`, could name something elsewhere.
FUNCTIONS = frozenset((
    "rgb", "rgba", "hsl", "hsla", "hwb", "lab", "lch", "oklab", "oklch", "color", "var", "calc",
    "translate", "translatex", "translatey", "scale", "scalex", "scaley", "rotate", "skew",
    "skewx", "skewy", "matrix", "circle", "ellipse", "polygon", "inset",
))  # fmt: skip

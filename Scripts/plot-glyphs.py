#!/usr/bin/env python3
"""Writes Sources/TorchPlot/Rendering/GlyphData.swift: the outlines of the letters in PNG plots.

They are those of Tuffy Regular, which its authors have released into the public domain (Debian: fonts-tuffy). Needs
fontTools. The data are numbers in LEB128: how many glyphs; then for each glyph its code point (0: only a part of
others), its advance, and twice the number of contours, or of parts plus 1. A contour is a number of points, each the
zigzag differences to the last point; the lowest bit of the first tells whether the point is on the curve. A part is the
index of a glyph and its zigzag offset. The unit is 1/1024 of the size.
"""

import argparse
import base64
from pathlib import Path

from fontTools.ttLib import TTFont

root = Path(__file__).resolve().parent.parent
letters = [
    *range(0x20, 0x7F),  # ASCII
    *range(0xA1, 0x180),  # Latin-1 and Latin Extended-A
    *range(0x391, 0x3CA),  # Greek
    *range(0x400, 0x460),  # Cyrillic
    0x2070,
    *range(0x2074, 0x208F),  # raised and lowered digits
    *map(ord, "–—‘’“”…•−×≤≥≈≠∞√∑∂∇→€"),
]


def number(value):
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def signed(value):
    return value << 1 if value >= 0 else -value * 2 - 1


def shape(font, name, index):
    """Returns the contours or parts of a glyph. Parts that are not in `index` yet are added to it."""
    table, glyph = font["glyf"], font["glyf"][name]
    unit = 1024 / font["head"].unitsPerEm
    if glyph.isComposite() and all(not hasattr(c, "transform") for c in glyph.components):
        parts = b"".join(
            number(index.setdefault(c.glyphName, len(index)))
            + number(signed(round(c.x * unit)))
            + number(signed(round(c.y * unit)))
            for c in glyph.components
        )
        return number(len(glyph.components) * 2 + 1) + parts
    points, ends, flags = glyph.getCoordinates(table)
    if name == font.getBestCmap()[0x2212]:
        # The font's minus is as short as a hyphen. Give it the width of a digit.
        digit, _, _ = table[font.getBestCmap()[ord("0")]].getCoordinates(table)
        left, right = min(x for x, _ in digit), max(x for x, _ in digit)
        near, far = min(x for x, _ in points), max(x for x, _ in points)
        points = [(left if x == near else right if x == far else x, y) for x, y in points]
    if name == font.getBestCmap()[ord("×")]:
        # The font's sign is half as large as its plus.
        center = [(min(c) + max(c)) / 2 for c in zip(*points)]
        points = [tuple(m + 1.5 * (v - m) for v, m in zip(point, center)) for point in points]
    data, start, at = number(len(ends) * 2), 0, (0, 0)
    for end in ends:
        data += number(end + 1 - start)
        for (x, y), flag in zip(points[start : end + 1], flags[start : end + 1]):
            x, y = round(x * unit), round(y * unit)
            data += number(signed(x - at[0]) << 1 | flag & 1) + number(signed(y - at[1]))
            at = (x, y)
        start = end + 1
    return data


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--font", default="/usr/share/fonts/truetype/tuffy/Tuffy.ttf")
    font = TTFont(parser.parse_args().font)
    names = {name: code for code, name in reversed(font.getBestCmap().items()) if code in letters}
    index = {name: i for i, name in enumerate(sorted(names, key=names.get))}
    records = []
    while len(records) < len(index):
        name = list(index)[len(records)]
        wide = font.getBestCmap()[ord("0")] if names.get(name) == 0x2212 else name
        advance = round(font["hmtx"][wide][0] * 1024 / font["head"].unitsPerEm)
        records.append(number(names.get(name, 0)) + number(advance) + shape(font, name, index))
    text = base64.b64encode(number(len(records)) + b"".join(records)).decode()
    lines = [f"        {text[i : i + 108]}" for i in range(0, len(text), 108)]
    head = "// Scripts/plot-glyphs.py writes this file. The outlines are those of the font Tuffy, in the public domain.\n"
    body = ["enum GlyphData {", '    static let base64 = """', *lines, '        """', "}", ""]
    (root / "Sources/TorchPlot/Rendering/GlyphData.swift").write_text(head + "\n" + "\n".join(body))
    print(f"{len(records)} glyphs, {len(text)} characters")


main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures as bars in an SVG, by a few lines of our own: nothing to install."""
import os
from xml.sax.saxutils import escape

WIDTH, LABEL, ROW, GAP, TOP = 900, 300, 18, 14, 40
OURS, BESIDE, AIM = "#1f6fb2", "#b8b8b8", "#c0392b"


def text(x, y, words, anchor="start"):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="12" text-anchor="{anchor}">'
            f"{escape(words)}</text>")


def rows_of(figure):
    """Name, value or sentence, colour of each bar."""
    yield "svcgate", figure["ours"], OURS
    for name, value in figure["beside"].items():
        yield name, figure.get("missing", {}).get(name) if value is None else value, BESIDE


def bars(title, figures):
    """An SVG document: a group of bars for each figure, ours first, a line for the aim."""
    numbers = [value for figure in figures for _, value, _ in rows_of(figure)
               if isinstance(value, (int, float))]
    numbers += [figure["aim"] for figure in figures if figure["aim"]]
    scale = (WIDTH - LABEL - 80) / max(numbers, default=1)
    parts, y = [text(8, 20, title)], TOP
    for figure in figures:
        parts.append(text(8, y + 12, f"{figure['name']} ({figure['unit']})"))
        y += ROW
        top = y
        for name, value, colour in rows_of(figure):
            parts.append(text(LABEL - 6, y + 13, name, "end"))
            if isinstance(value, (int, float)):
                parts.append(f'<rect x="{LABEL}" y="{y + 2}" width="{value * scale:.1f}" '
                             f'height="{ROW - 4}" fill="{colour}"/>')
                parts.append(text(LABEL + value * scale + 4, y + 13, f"{value:.3g}"))
            else:
                parts.append(text(LABEL + 4, y + 13, value or figure.get("note", "no figure")))
            y += ROW
        if figure["aim"]:
            x = LABEL + figure["aim"] * scale
            parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{y}" '
                         f'stroke="{AIM}" stroke-dasharray="3 2"/>')
        y += GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" '
            f'font-family="sans-serif">\n<rect width="100%" height="100%" fill="white"/>\n'
            + "\n".join(parts) + "\n</svg>\n")


def write(directory, part, figures):
    """A file for each unit of a part: bars of one picture have one scale."""
    for unit in dict.fromkeys(figure["unit"] for figure in figures):
        name = f"{part}-{unit}.svg".replace(" ", "-").replace("/", "-per-")
        with open(os.path.join(directory, name), "w", encoding="utf-8") as out:
            out.write(bars(f"{part}; dashed: aim",
                           [figure for figure in figures if figure["unit"] == unit]))

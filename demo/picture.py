#!/usr/bin/env python3
"""Makes a picture (SVG) of a terminal's screen, as `tmux capture-pane -e -p -N` prints it.

    picture.py [--title TEXT] < screen > picture.svg

Needs nothing but Python. Every cell is placed on the grid by itself, so that a font with other widths than the one that we
hoped for cannot shift anything; lines and blocks are drawn as shapes, so that they meet.
"""

import argparse
import re
import sys
import unicodedata
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, FONT_SIZE = 9, 19, 15
MARGIN = 12
FONTS = "'DejaVu Sans Mono','JetBrains Mono','Fira Code',Menlo,Consolas,monospace"
FOREGROUND, BACKGROUND = "#d8dee9", "#191c24"
SIXTEEN = (
    "#2b303b #d0616a #9dbf85 #e5c07b #7aa2d6 #b98fc4 #83bfc6 #c5cbd6 "
    "#6c7484 #ef7d85 #b5d99c #f5d590 #95bdf0 #d3aade #9edbe2 #f4f6fa"
).split()


@dataclass(frozen=True)
class Pen:
    """How a cell is drawn; colours are #rrggbb, None the terminal's own."""

    fore: str | None = None
    back: str | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False

    def colours(self):
        """What is seen: (foreground, background or None for the page's own)."""
        fore, back = self.fore or FOREGROUND, self.back
        if self.reverse:
            fore, back = back or BACKGROUND, fore
        if self.dim:
            fore = blend(fore, back or BACKGROUND)
        return fore, back


@dataclass(frozen=True)
class Cell:
    """One character with the marks on it, in one column or two."""

    column: int
    text: str
    width: int
    pen: Pen


def blend(fore, back):
    """A colour at three fifths of its strength."""
    pairs = zip(bytes.fromhex(fore[1:]), bytes.fromhex(back[1:]), strict=True)
    return "#" + bytes((3 * one + 2 * two) // 5 for one, two in pairs).hex()


def of_256(number):
    """The colour with a number in the common palette of 256."""
    if number < 16:
        return SIXTEEN[number]
    if number < 232:
        levels = (0, 95, 135, 175, 215, 255)
        number -= 16
        return "#" + bytes(levels[number // step % 6] for step in (36, 6, 1)).hex()
    return "#" + bytes([8 + 10 * (number - 232)] * 3).hex()


def changed(pen, parameters):
    """The pen after one SGR sequence."""
    numbers = [int(one) if one else 0 for one in re.split("[;:]", parameters)] if parameters else [0]
    flags = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike"}
    off = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}
    while numbers:
        one = numbers.pop(0)
        if one == 0:
            pen = Pen()
        elif one in flags:
            pen = replace(pen, **{flags[one]: True})
        elif one in off:
            pen = replace(pen, **dict.fromkeys(off[one], False))
        elif one in (38, 48):
            kind = numbers.pop(0) if numbers else 0
            if kind == 5 and numbers:
                colour = of_256(numbers.pop(0))
            elif kind == 2 and len(numbers) >= 3:
                colour = "#" + bytes(numbers[:3]).hex()
                del numbers[:3]
            else:
                return pen
            pen = replace(pen, **{"fore" if one == 38 else "back": colour})
        elif one in (39, 49):
            pen = replace(pen, **{"fore" if one == 39 else "back": None})
        elif 30 <= one <= 37 or 90 <= one <= 97:
            pen = replace(pen, fore=SIXTEEN[one - 30 if one < 90 else one - 82])
        elif 40 <= one <= 47 or 100 <= one <= 107:
            pen = replace(pen, back=SIXTEEN[one - 40 if one < 100 else one - 92])
    return pen


def width(character):
    """Columns of a character, as terminals count."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def read(screen):
    """A captured screen as rows of cells. Style goes on over line ends, as tmux prints it."""
    rows, pen = [], Pen()
    for line in screen.removesuffix("\n").split("\n"):
        row, column = [], 0
        for part in re.split(r"(\x1b\[[0-9;:]*m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x0e\x0f])", line):
            if part.startswith("\x1b["):
                pen = changed(pen, part[2:-1])
                continue
            if part[:1] in ("\x1b", "\x0e", "\x0f"):
                continue
            for character in part:
                columns = width(character)
                if columns == 0 and row:
                    row[-1] = replace(row[-1], text=row[-1].text + character)
                elif columns:
                    row.append(Cell(column, character, columns, pen))
                    column += columns
        rows.append(row)
    return rows


# Which of the four arms of a cell's cross a line glyph has: left, right, up, down.
LINES = {
    "─": "lr", "━": "lr", "│": "ud", "┃": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu", "├": "rud", "┤": "lud",
    "┬": "lrd", "┴": "lru", "┼": "lrud", "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu", "╴": "l", "╶": "r", "╵": "u", "╷": "d",
}


def shapes(row, y):
    """The line glyphs of a row, a path for each colour."""
    strokes = {}
    for cell in row:
        middle_x, middle_y = MARGIN + (cell.column + 0.5) * CELL_WIDTH, y + CELL_HEIGHT / 2
        ends = {
            "l": f"H{middle_x - CELL_WIDTH / 2:g}",
            "r": f"H{middle_x + CELL_WIDTH / 2:g}",
            "u": f"V{y}",
            "d": f"V{y + CELL_HEIGHT}",
        }
        path = "".join(f"M{middle_x:g} {middle_y:g}{ends[arm]}" for arm in LINES.get(cell.text, ""))
        pen = (cell.pen.colours()[0], 2 if cell.text in "━┃" else 1)
        strokes[pen] = strokes.get(pen, "") + path
    for (colour, weight), path in strokes.items():
        if path:
            yield f'<path d="{path}" stroke="{colour}" stroke-width="{weight}"/>'


def backgrounds(row, y):
    """The coloured boxes behind a row, neighbours of one colour joined."""
    boxes = []
    for cell in row:
        back = cell.pen.colours()[1]
        if back is None:
            continue
        if boxes and boxes[-1][2] == back and boxes[-1][1] == cell.column:
            boxes[-1][1] += cell.width
        else:
            boxes.append([cell.column, cell.column + cell.width, back])
    for first, end, back in boxes:
        x, wide = MARGIN + first * CELL_WIDTH, (end - first) * CELL_WIDTH
        yield f'<rect x="{x}" y="{y}" width="{wide}" height="{CELL_HEIGHT}" fill="{back}"/>'


def texts(row, y):
    """The letters of a row, runs of one pen together, each letter with a place of its own."""
    run, places, pen = "", [], None

    def flush():
        if run.strip():
            style = f' fill="{pen.colours()[0]}"'
            style += ' font-weight="bold"' if pen.bold else ""
            style += ' font-style="italic"' if pen.italic else ""
            lines = [name for name, on in (("underline", pen.underline), ("line-through", pen.strike)) if on]
            style += f' text-decoration="{" ".join(lines)}"' if lines else ""
            xs = " ".join(map(str, places))
            yield f'<text x="{xs}" y="{y + FONT_SIZE}"{style}>{escape(run)}</text>'

    for cell in row:
        x = MARGIN + cell.column * CELL_WIDTH
        blank = cell.text in LINES or (cell.text == " " and not cell.pen.underline)
        if blank or cell.pen != pen or len(cell.text) > 1:
            yield from flush()
            run, places, pen = "", [], cell.pen
        if not blank:
            run, places = run + cell.text, [*places, x]
            if len(cell.text) > 1:
                # Letters with marks: one place for all of it.
                yield from flush()
                run, places = "", []
    yield from flush()


def svg(rows, title, columns=None):
    """The whole picture, as text."""
    columns = columns or max((row[-1].column + row[-1].width for row in rows if row), default=1)
    wide, high = 2 * MARGIN + columns * CELL_WIDTH, 2 * MARGIN + len(rows) * CELL_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{wide}" height="{high}" rx="8" fill="{BACKGROUND}"/>',
        f'<g font-family="{FONTS}" font-size="{FONT_SIZE}" fill="none" xml:space="preserve">',
    ]
    for number, row in enumerate(rows):
        y = MARGIN + number * CELL_HEIGHT
        for layer in (backgrounds, shapes, texts):
            parts.extend(layer(row, y))
    return "\n".join([*parts, "</g>", "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description="Makes a picture (SVG) of a captured terminal screen.")
    parser.add_argument("--title", default="Susurro", help="what the picture shows, for those who cannot see it")
    parser.add_argument("--columns", type=int, help="width of the screen; default: the longest line")
    options = parser.parse_args()
    rows = read(sys.stdin.buffer.read().decode("utf-8", "replace"))
    sys.stdout.write(svg(rows, options.title, options.columns))


if __name__ == "__main__":
    main()

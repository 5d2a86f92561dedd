"""Pictures (pictures.py) as SVG: elements of report.html, and images of their own; every text is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path

from core import numbers
from core.report import wording
from core.report.pictures import Bars, Curve, Histogram, Matrix, Picture, Points, Shares

WIDTH, LEFT, RIGHT = 400, 138, 60  # of a picture whose labels stand on the left; units of the viewBox
ROW = 18
SLIM, MANY = 12, 16  # the least of a row; rows from which on they are slimmer, as the hours of a day are
HIGH = 130  # of a picture whose bars stand
BY_SYSTEM = "@media(prefers-color-scheme:dark)"  # what the style sheet's dark colours stand under
ROOM = 26.0  # of a matrix's cell that has its number written in it


def svg(picture: Picture) -> str:
    """Return the SVG element of a picture, which says its alternative text."""
    return _element(picture, f' role="img" aria-label="{escape(picture.alt, quote=True)}"')


def image(picture: Picture, theme: str | None = None) -> str:
    """Return a picture as an SVG file of its own, in the colours of a page whose `theme` is "light" or "dark"; where
    nobody knows, in those of the reader's system.
    """
    told = {"light": "@media not all", "dark": "@media all"}.get(theme or "", BY_SYSTEM)
    drawn = _element(
        picture, ' xmlns="http://www.w3.org/2000/svg"', f"<style>{style().replace(BY_SYSTEM, told)}</style>"
    )
    return re.sub(r"<title>[^<]*</title>", "", drawn)  # an image has no tooltips


@cache
def style() -> str:
    """Return the style sheet of all pictures."""
    return Path(__file__).with_name("pictures.css").read_text(encoding="utf-8")


def _element(picture: Picture, attributes: str, before: str = "") -> str:
    width, height, marks = _drawn(picture)
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f"<svg {size}{attributes}>{before}{marks}</svg>"


def _drawn(picture: Picture) -> tuple[float, float, str]:
    """Return (width, height, what is within the element)."""
    match picture:
        case Histogram():
            return _histogram(picture)
        case Bars():
            return _bars(picture)
        case Points():
            return _points(picture)
        case Shares():
            return _shares(picture)
        case Matrix():
            return _matrix(picture)
        case Curve():
            return _curve(picture)
        case _:
            raise TypeError(f"There is no drawing of a {type(picture).__name__}.")


def spark(counts: Sequence[int]) -> str:
    """Return a word-sized picture of a distribution; its numbers stand beside it in words."""
    path = _path(counts, 110, 24)
    return f'<svg viewBox="0 0 110 24" width="110" height="24" aria-hidden="true"><path class="bar" d="{path}"/></svg>'


def _path(counts: Sequence[float], width: float, height: float, gap: float = 0.12) -> str:
    """Return standing bars of equal width as one path, which is a tenth of the text of as many rectangles."""
    most, step = max(counts) or 1, width / len(counts)
    bar = step * (1 - gap)
    return "".join(
        f"M{i * step:.1f} {height:g}v{-height * count / most:.1f}h{bar:.1f}V{height:g}z"
        for i, count in enumerate(counts)
        if count
    )


def _text(x: float, y: float, text: str, anchor: str = "start", most: int = 20) -> str:
    shown = escape(wording.short(text, most))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{shown}</text>'


def _standing(
    counts: tuple[float, ...], ticks: list[tuple[float, str]], gap: float
) -> tuple[float, float, str]:
    """Return bars that stand on an axis with `ticks` (position in bars, text), and the largest count beside it."""
    left, width = 50, WIDTH - 50 - 20
    step = width / len(counts)
    axis = "".join(
        f'<path class="axis" d="M{left + position * step:.1f} {HIGH}v4"/>'
        + _text(left + position * step, HIGH + 16, text, "middle", 18)
        for position, text in ticks
    )
    return (
        WIDTH,
        HIGH + 22,
        f'<path class="axis" d="M{left} {HIGH}h{width}"/>{_text(left - 6, 18, numbers.fixed(max(counts), 0), "end")}'
        f'<g transform="translate({left} 10)"><path class="bar" d="{_path(counts, width, HIGH - 10, gap)}"/></g>{axis}',
    )


def _histogram(picture: Histogram) -> tuple[float, float, str]:
    return _standing(picture.counts, picture.marks(), 0.06)


def _bars(picture: Bars) -> tuple[float, float, str]:
    if not picture.across:
        every = -(-len(picture.labels) // 7)
        ticks = [(i + 0.5, label) for i, label in enumerate(picture.labels) if i % every == 0]
        return _standing(picture.values, ticks, 0.15)
    lengths = [value - picture.origin for value in picture.values]
    room = WIDTH - LEFT - RIGHT
    most = max([*map(abs, lengths), *(mark - picture.origin for mark in picture.marks)], default=0) or 1
    parts: list[str] = []
    for i, (label, value, length) in enumerate(zip(picture.labels, picture.values, lengths, strict=True)):
        y, long = i * ROW, max(length, 0) / most * room
        end = long
        if picture.marks:
            mark = (picture.marks[i] - picture.origin) / most * room
            parts.append(
                f'<rect class="mark" x="{LEFT + mark:.1f}" y="{y + 1}" width="2" height="{ROW - 2}"/>'
            )
            end = max(long, mark + 2)
        value_text = _value_text(value, picture.unit)
        parts.append(
            f'{_text(LEFT - 6, y + 13, label, "end")}<rect class="bar" x="{LEFT}" y="{y + 3}" width="{long:.1f}" '
            f'height="{ROW - 6}"/>{_text(LEFT + end + 5, y + 13, value_text)}'
        )
    return WIDTH, ROW * len(picture.labels) + 2, "".join(parts)


def _value_text(value: float, unit: str) -> str:
    if unit == "share":
        return numbers.share(value)
    return numbers.integer(value) if isinstance(value, int) else numbers.score(value)


def _points(picture: Points) -> tuple[float, float, str]:
    low, high = min(*picture.lows, picture.level), max(*picture.highs, picture.level)
    room, span = WIDTH - LEFT - RIGHT, high - low or 1

    def x(value: float) -> float:
        return LEFT + (value - low) / span * room

    most = max(picture.weights) or 1
    row = max(SLIM, ROW * min(1, MANY / len(picture.labels)))
    parts: list[str] = []
    for i, label in enumerate(picture.ticks or picture.labels):
        y, middle = i * row, (i + 0.5) * row
        value, share = picture.values[i], picture.weights[i]
        value_text = numbers.share(value) if picture.percent else numbers.number(value, 4)
        weight = share / most * room
        parts.append(
            f'<rect class="ground" x="{LEFT}" y="{y + 2:.1f}" width="{weight:.1f}" height="{row - 4:.1f}"/>'
            f'<path class="whisker" d="M{x(picture.lows[i]):.1f} {middle:.1f}H{x(picture.highs[i]):.1f}"/>'
            f'<circle class="dot" cx="{x(value):.1f}" cy="{middle:.1f}" r="3.5"/>'
            f"{_text(LEFT - 6, middle + 4, label, 'end')}{_text(WIDTH - RIGHT + 8, middle + 4, value_text)}"
        )
    height = row * len(picture.labels)
    level = f'<path class="level" d="M{x(picture.level):.1f} 0V{height:g}"/>'
    return WIDTH, height + 2, level + "".join(parts)


def _curve(picture: Curve) -> tuple[float, float, str]:
    left, top, width, height = 54, 8, WIDTH - 54 - 20, HIGH - 12

    def x(value: float) -> float:
        return left + value * width

    def y(value: float) -> float:
        return top + (1 - value) * height

    parts: list[str] = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<path class="axis" d="M{left} {y(tick):.1f}h{width}M{x(tick):.1f} {y(0):.1f}v4"/>')
        parts.append(_text(left - 6, y(tick) + 4, numbers.percent(tick), "end"))
        parts.append(_text(x(tick), y(0) + 16, numbers.percent(tick), "middle"))
    parts.append(_text(x(0.5), y(0) + 32, picture.across, "middle", 40))
    parts.append(
        f'<g transform="translate(12 {y(0.5):.1f}) rotate(-90)">{_text(0, 0, picture.up, "middle")}</g>'
    )
    if picture.diagonal:
        parts.append(f'<path class="guess" d="M{x(0):.1f} {y(0):.1f}L{x(1):.1f} {y(1):.1f}"/>')
    points = (f"{x(a):.1f} {y(b):.1f}" for a, b in zip(picture.x, picture.y, strict=True))
    parts.append(f'<path class="curve" d="M{"L".join(points)}"/>')
    return WIDTH, y(0) + 37, "".join(parts)


def _shares(picture: Shares) -> tuple[float, float, str]:
    parts: list[str] = []
    room = WIDTH - LEFT - 10
    for i, name in enumerate(picture.parts):
        x, y = LEFT + i % 2 * room / 2, i // 2 * ROW
        parts.append(f'<rect class="p{i}" x="{x:.1f}" y="{y + 4}" width="10" height="10"/>')
        parts.append(_text(x + 14, y + 13, name, most=19))
    top = ROW * (-(-len(picture.parts) // 2)) + 4
    for i, label in enumerate(picture.labels):
        y, x = top + i * ROW, float(LEFT)
        parts.append(_text(LEFT - 6, y + 13, label, "end"))
        for part, values in enumerate(picture.parts.values()):
            long = values[i] * room
            parts.append(
                f'<rect class="p{part}" x="{x:.1f}" y="{y + 2}" width="{long:.1f}" height="{ROW - 4}"/>'
            )
            x += long
    return WIDTH, top + ROW * len(picture.labels) + 2, "".join(parts)


def _matrix(picture: Matrix) -> tuple[float, float, str]:
    down, across = picture.down, picture.across
    left, top, cell = 138, 90, max(14.0, min(34.0, 560 / max(len(across), 1)))
    # Where there is room, and there is more to say than yes.
    numbered = cell >= ROOM and any(value not in (None, 1.0) for row in picture.values for value in row)
    parts: list[str] = []
    for j, name in enumerate(across):
        x = left + (j + 0.6) * cell
        parts.append(
            f'<g transform="translate({x:.1f} {top - 6}) rotate(-55)">{_text(0, 0, name, most=16)}</g>'
        )
    for i, name in enumerate(down):
        y = top + i * cell
        parts.append(_text(left - 6, y + cell / 2 + 4, name, "end", 20))
        for j, value in enumerate(picture.values[i]):
            if value is None:
                continue
            value_text = escape(
                f"{wording.short(name, 60)}, {wording.short(across[j], 60)}: {numbers.number(value, 3)}"
            )
            parts.append(
                f'<rect class="{"p0" if value >= 0 else "p1"}" x="{left + j * cell + 0.5:.1f}" y="{y + 0.5:.1f}" '
                f'width="{cell - 1:.1f}" height="{cell - 1:.1f}" fill-opacity="{max(abs(value), 0.03):.2f}">'
                f"<title>{value_text}</title></rect>"
            )
            if numbered:
                on = "" if abs(value) < 0.6 else " on0" if value >= 0 else " on1"
                parts.append(
                    f'<text class="value{on}" x="{left + (j + 0.5) * cell:.1f}" y="{y + cell / 2 + 3:.1f}" '
                    f'text-anchor="middle">{value:.2f}</text>'
                )
    return left + cell * len(across) + 50, top + cell * len(down) + 4, "".join(parts)

"""A plot of `bench.growth`: bytes by number of users, both logarithmic, as SVG."""

from collections.abc import Mapping
from math import log10

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 60, 170, 20, 40
COLOURS = ("#0b6e4f", "#08415c", "#cc2936", "#6b818c", "#b8860b")
MOST_BYTES = 100_000

Counted = Mapping[int, Mapping[str, tuple[int, int]]]


def plot(counted: Counted) -> str:
    """Return the SVG of number of users → call → (requests, bytes)."""
    steps = sorted(counted)
    names = list(counted[steps[0]])
    parts = [_axes(steps)]
    for name, colour in zip(names, COLOURS, strict=False):
        points = [(_x(step, steps), _y(counted[step][name][1])) for step in steps]
        line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{points[-1][0] + 8:.0f}" y="{points[-1][1] + 4:.0f}" fill="{colour}">{name}</text>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12">\n<title>Bytes that DynamoDB answers, by number of users</title>\n{body}\n</svg>\n'
    )


def _axes(steps: list[int]) -> str:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    lines = [f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#888"/>']
    lines += [
        f'<text x="{_x(step, steps):.0f}" y="{bottom + 20}" text-anchor="middle" fill="#666">{step:,}</text>'
        for step in steps
    ]
    lines += [
        f'<text x="{LEFT - 6}" y="{_y(size) + 4:.0f}" text-anchor="end" fill="#666">{size:,}</text>'
        for size in (100, 1_000, 10_000, 100_000)
    ]
    return "\n".join(lines)


def _x(step: int, steps: list[int]) -> float:
    span = log10(steps[-1] / steps[0]) or 1
    return LEFT + (WIDTH - RIGHT - LEFT) * log10(step / steps[0]) / span


def _y(size: int) -> float:
    share = log10(max(size, 100) / 100) / log10(MOST_BYTES / 100)
    return TOP + (HEIGHT - BOTTOM - TOP) * (1 - share)

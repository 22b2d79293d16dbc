"""Tables of measurements: in the terminal, in docs/performance.md between marks, and bars as SVG."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import median, quantiles

Rows = Sequence[Mapping[str, float]]
"""Name → a measurement, for each round."""
WIDTH, BAR, LINE, LABEL = 760, 18, 26, 230
OURS, OTHERS, INK = "#2f6f4f", "#9aa5a0", "#1c2321"


@dataclass(frozen=True)
class Table:
    """A table: its name in the page, its header, its lines."""

    name: str
    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    @property
    def markdown(self) -> str:
        """Return the table as it stands in the page."""
        lines = (self.header, ("---",) * len(self.header), *self.lines)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def quartiles(rows: Rows, name: str, to: str | None = None) -> str:
    """Return `median (25 % to 75 %)` of measurements, or of their ratios to another within each round."""
    values = [row[name] / (row[to] if to else 1) for row in rows]
    low, _, high = quantiles(values, n=4)
    return f"{number(median(values))} ({number(low)} to {number(high)})"


def write(page: Path, table: Table) -> None:
    """Put the table between its marks in the page. Raises `ValueError` if they are missing."""
    marks = f"<!-- bench: {table.name} -->", "<!-- end -->"
    found, count = re.subn(
        f"{re.escape(marks[0])}.*?{marks[1]}",
        lambda _: f"{marks[0]}\n{table.markdown}\n{marks[1]}",
        page.read_text(),
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"{page} has no marks for {table.name}")
    page.write_text(found)


def bars(title: str, values: Mapping[str, float], is_ours: Callable[[str], bool], unit: str) -> str:
    """Return horizontal bars as SVG, ours in another colour."""
    most, height = max(values.values()), 44 + LINE * len(values)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<text x="12" y="24" font-weight="600">{escape(title)}</text>',
    ]
    for line, (name, value) in enumerate(values.items()):
        top, long = 40 + line * LINE, max(2.0, value / most * (WIDTH - LABEL - 110))
        fill = OURS if is_ours(name) else OTHERS
        parts += [
            f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LABEL}" y="{top}" width="{long:.0f}" height="{BAR}" fill="{fill}"/>',
            f'<text x="{LABEL + long + 6:.0f}" y="{top + 13}">{number(value)} {escape(unit)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def number(value: float) -> str:
    """Return a measurement with about three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"

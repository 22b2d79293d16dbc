"""The drawing of a stack's numbers in a terminal."""

from collections.abc import Sequence

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sallyport.client import display
from sallyport.client.stack.metrics import Series, Snapshot

BARS = "▁▂▃▄▅▆▇█"
NO_DATA = "·"
STATE_STYLES = {"OK": "green", "ALARM": "bold red"}
LABEL_WIDTH, NUMBER_WIDTH = 22, 10


def sparkline(values: Sequence[float | None]) -> str:
    """Return a bar for each value, from 0 to the largest; a dot for none."""
    largest = max((one for one in values if one is not None), default=0) or 1
    return "".join(NO_DATA if one is None else BARS[round(one / largest * (len(BARS) - 1))] for one in values)


def number(value: float) -> str:
    """Return a number as people read it."""
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 100 else f"{value:,.1f}"


def drawn(snapshot: Snapshot, stage: str) -> RenderableType:
    """Return the questions side by side, as many as the terminal has room for; the alarms first."""
    seconds = snapshot.period_seconds
    head = Text(f"{stage} since {display.moment(snapshot.since)}, a column is {seconds // 60} min", style="dim")
    questions = [_question(title, series) for title, series in snapshot.answers.items()]
    return Group(head, *_alarms(snapshot), Columns(questions, padding=(0, 3)))


def _question(title: str, series: Sequence[Series]) -> RenderableType:
    """Return a question's series; those without data are left out, or said in one line."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    table.add_column(width=LABEL_WIDTH, no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, style="cyan")
    table.add_column(width=NUMBER_WIDTH, justify="right", no_wrap=True)
    for one in series:
        if one.value is not None:
            table.add_row(one.label, sparkline(one.values), number(one.value))
    if not table.row_count:
        nothing = len(series[0].values) if series else 0
        table.add_row(Text("no data", style="dim"), Text(NO_DATA * nothing, style="dim"), "")
    return table


def _alarms(snapshot: Snapshot) -> list[RenderableType]:
    if not snapshot.alarms:
        return [Text("no alarms: `monitoring` is off here", style="dim")]
    raised = [name for name, state in snapshot.alarms.items() if state == "ALARM"]
    if not raised:
        return [Text(f"{len(snapshot.alarms)} alarms, none raised", style=STATE_STYLES["OK"])]
    return [Text(f"✗ {name}: docs/runbooks.md#{name}", style=STATE_STYLES["ALARM"]) for name in raised]

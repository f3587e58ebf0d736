"""Rows and seconds in; aligned columns and readable text out."""

from collections.abc import Sequence

from speakervid5m.records import printable


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Aligned columns: text to the left, numbers to the right."""
    cells = [[printable(str(cell)) for cell in row] for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    numeric = [
        all(isinstance(row[column], int | float) or row[column] == "" for row in rows)
        for column in range(len(head))
    ]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    )


def clock(seconds: float) -> str:
    """A duration in hours and minutes, or minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"

"""How records look in a terminal and in a notebook.

fields of a record --shortened, fields_table--> one line, an HTML table

Every text is escaped: transcripts and names come from strangers.
"""

from collections.abc import Iterable, Mapping
from html import escape

from .printable_text import printable

_STYLE = "text-align:left;vertical-align:top"


def shortened(text: str, width: int = 60) -> str:
    """A text on one line of at most so many characters.

    >>> shortened("one two three", 9)
    'one two…'
    """
    line = printable(" ".join(text.split()))
    if len(line) <= width:
        return line
    cut = line[: width - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"


def fields_table(title: str, fields: Mapping[str, object]) -> str:
    """An HTML table with a row for each field; fields that are None or empty are left out."""
    rows = [
        [name, value if isinstance(value, str) else format_value(value)]
        for name, value in fields.items()
        if value is not None and value != () and value != ""
    ]
    return rows_table(title, (), rows)


def rows_table(title: str, names: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """An HTML table with a title and these rows."""
    head = "".join(f'<th style="{_STYLE}">{escape(name)}</th>' for name in names)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="{_STYLE}">{escape(printable(str(cell)))}</td>' for cell in row)
        + "</tr>"
        for row in rows
    )
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    return (
        f"<table><caption style='{_STYLE}'><b>{escape(printable(title))}</b></caption>"
        f"{head}<tbody>{body}</tbody></table>"
    )


def format_value(value: object) -> str:
    """A number with four digits, a sequence with its items, anything else as text.

    >>> format_value(0.123456), format_value((1, 2.0))
    ('0.1235', '1, 2')
    """
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple | list):
        return ", ".join(format_value(item) for item in value)
    return str(value)

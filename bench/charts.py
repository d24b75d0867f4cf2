"""``python -m bench.charts FIGURES.json FOLDER``: charts of what the bench has found, SVG without scripts."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style

Content = Mapping[str, Any]
Figures = Mapping[tuple[str, str], float]
"""A figure by series and label."""

COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#009E73", "#E69F00")
"""Of Okabe and Ito: told apart by people who do not see all colours, and in print."""

STYLE = Style(
    background="#ffffff",  # opaque, so that it can be read on dark pages too
    plot_background="#ffffff",
    foreground="#222222",
    foreground_strong="#000000",
    foreground_subtle="#666666",
    colors=COLOURS,
    opacity="1",
    opacity_hover="1",
    transition="0s",
    font_family="system-ui, sans-serif",
    guide_stroke_color="#d0d0d0",
    guide_stroke_dasharray="1,0",
    major_guide_stroke_color="#d0d0d0",
    major_guide_stroke_dasharray="1,0",
    title_font_size=20,
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
    value_font_size=13,
    value_colors=("#000000",) * len(COLOURS),
)

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
SOURCE_CONNECTIONS = 16


def draw(content: Content, folder: Path) -> None:
    """Draw what there are figures for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, chart in CHARTS.items():
        if drawn := chart(content):
            (folder / f"{name}.svg").write_bytes(drawn)


def requests_a_second(content: Content) -> bytes | None:
    """Of each application, by database and connections."""
    return _bars(
        "How many requests a second does it take?",
        "database, connections (× 2: two processes)",
        "acknowledged requests per second",
        _compared(content, "rate"),
    )


def slowest(content: Content) -> bytes | None:
    """The time that one of 100 requests takes longer than."""
    return _bars(
        "How long does the slowest of 100 requests take?",
        "database, connections (× 2: two processes)",
        "99th percentile in milliseconds",
        _compared(content, "p99_ms"),
    )


def growth(content: Content) -> bytes | None:
    """CPU per request in a grown hub, as a multiple of a fresh one's."""
    figures = {
        (NAMES[row["database"]], f"{row['axis']}: {row['from']} → {row['to']}"): row["ratios"]["cpu"]
        for row in content.get("growth", ())
    }
    return _bars(
        "Does a request cost more in a large installation?",
        "what has grown",
        "CPU per request, grown / fresh (1 = the same)",
        figures,
        decimals=2,
        range=(0, max(1.2, *figures.values())) if figures else None,
    )


def sources(content: Content) -> bytes | None:
    """CPU per request of each source."""
    figures = {
        (NAMES[row["database"]], row["source"]): row["cpu"]  # seconds per 1,000 are milliseconds for one
        for row in content.get("sources", ())
        if row["connections"] == SOURCE_CONNECTIONS
    }
    return _bars(
        "What does a request of each source cost?",
        f"source, at {SOURCE_CONNECTIONS} connections",
        "CPU of the server per request in milliseconds",
        figures,
        decimals=1,
    )


def _compared(content: Content, figure: str) -> Figures:
    return {
        (
            row["application"].replace(", 2 processes", " × 2"),
            f"{NAMES[row['database']]}, {row['connections']}",
        ): row[figure]
        for row in content.get("main", ())
    }


def _bars(
    title: str, x_title: str, y_title: str, figures: Figures, *, decimals: int | None = None, **more: Any
) -> bytes | None:
    """Bars beside each other, a colour for each series; their values are printed if ``decimals`` says how."""
    if not figures:
        return None
    labels = list(dict.fromkeys(label for _, label in figures))
    names = list(dict.fromkeys(series for series, _ in figures))
    chart = pygal.Bar(
        style=STYLE,
        title=title,
        x_title=x_title,
        y_title=y_title,
        x_labels=labels,
        width=960,
        height=480,
        margin=16,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(names),
        print_values=decimals is not None,
        print_values_position="top",
        formatter=lambda value: f"{value:,.{decimals or 0}f}",
        value_formatter=lambda value: f"{value:,.{decimals or 0}f}",
        include_x_axis=True,
        truncate_label=-1,
        truncate_legend=-1,
        max_scale=8,
        js=(),
        no_prefix=True,  # the same figures give the same file
        **{name: value for name, value in more.items() if value is not None},
    )
    for series in names:
        chart.add(series, [figures.get((series, label)) for label in labels])
    chart.add_xml_filter(_still(title))
    drawn: bytes = chart.render()
    return drawn.rstrip() + b"\n"


def _still(title: str) -> Callable[[Element], Element]:
    """Takes out what only scripts need, and says what it is to those who cannot see it."""

    def change(root: Element) -> Element:
        for parent in root.iter():
            for child in [child for child in parent if child.tag == "script"]:
                parent.remove(child)
        root.set("role", "img")
        named = Element("title")
        named.text = title
        root.insert(0, named)
        return root

    return change


CHARTS: Mapping[str, Callable[[Content], bytes | None]] = {
    "requests": requests_a_second,
    "slowest": slowest,
    "growth": growth,
    "sources": sources,
}


def main(arguments: Sequence[str]) -> None:
    """Draw anew from figures that were kept."""
    figures, folder = map(Path, arguments)
    draw(json.loads(figures.read_text(encoding="utf-8")), folder)


if __name__ == "__main__":
    main(sys.argv[1:])

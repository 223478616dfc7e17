"""Bars as SVG: seconds of each tool, in groups. A line shows the least and the most."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from benchmarks.figures import Spread

COLOURS = {"slipway": "#1f6feb", "pyinfra": "#9a6700", "ansible": "#cf222e", "floor": "#8c959f"}
WIDTH, LABEL, BAR, GAP, HEAD = 760, 230, 13, 14, 56
FONT = 'font-family="system-ui, sans-serif" font-size="12"'


def bars(title: str, groups: Mapping[str, Mapping[str, Spread]]) -> str:
    """One group of bars for each scenario, one bar for each tool that was measured in it."""
    most = max((one.most for group in groups.values() for one in group.values()), default=1) or 1
    scale = (WIDTH - LABEL - 60) / most
    height = HEAD + sum(len(group) * BAR + GAP for group in groups.values())
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="8" y="18" font-weight="bold">{escape(title)}</text>',
        *_legend(),
    ]
    top = HEAD
    for name, group in groups.items():
        middle = top + len(group) * BAR / 2 + 4
        drawn.append(f'<text x="{LABEL - 8}" y="{middle:.0f}" text-anchor="end">{escape(name)}</text>')
        for tool, spread in group.items():
            drawn += _bar(top, tool, spread, scale)
            top += BAR
        top += GAP
    return "\n".join([*drawn, "</svg>", ""])


def _legend() -> list[str]:
    drawn = []
    for place, (tool, colour) in enumerate(COLOURS.items()):
        x = LABEL + 110 * place
        drawn.append(f'<rect x="{x}" y="30" width="10" height="10" fill="{colour}"/>')
        drawn.append(f'<text x="{x + 15}" y="39">{tool}</text>')
    return drawn


def _bar(top: int, tool: str, spread: Spread, scale: float) -> list[str]:
    middle = top + BAR / 2 - 1
    left, right, end = (LABEL + value * scale for value in (spread.least, spread.most, spread.median))
    return [
        f'<rect x="{LABEL}" y="{top}" width="{spread.median * scale:.1f}" height="{BAR - 2}" fill="{COLOURS[tool]}"/>',
        f'<line x1="{left:.1f}" y1="{middle:.1f}" x2="{right:.1f}" y2="{middle:.1f}" stroke="#24292f"/>',
        f'<text x="{max(end, right) + 5:.1f}" y="{top + BAR - 3}" font-size="10">{spread.median:.1f}</text>',
    ]

"""The timeline of a drill as SVG: who answered in each second, and how many got no answer."""

from __future__ import annotations

from collections import Counter

from drill.course import Course

SECOND, HIGH, LEFT, TOP, BELOW = 8, 160, 44, 46, 34
"""Pixels: one second's width, the height of all requests of a second, and what surrounds them."""
COLOURS = ("#2f6fb2", "#3a9a5b", "#8a63b8", "#c08a2b", "#4aa3a3")
FAILED = "#d1332e"


def svg(course: Course) -> str:
    """Readable on light and dark pages."""
    seconds = int(course.ended - course.began) + 1
    names = list(dict.fromkeys(course.regions.values()))
    colours = {name: COLOURS[at % len(COLOURS)] for at, name in enumerate(names)}
    counts: list[Counter[str]] = [Counter() for _ in range(seconds)]
    for each in course.tries:
        at = min(seconds - 1, max(0, int(each.began - course.began)))
        counts[at]["" if each.failure else course.whose(each)] += 1
    most = max((count.total() for count in counts), default=1) or 1
    width, height = LEFT + SECOND * seconds + 16, TOP + HIGH + BELOW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        f"<title>{course.stack}: {course.region} lost and back</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for at, count in enumerate(counts):
        below = float(TOP + HIGH)
        for name in (*names, ""):
            if part := count[name] * HIGH / most:
                below -= part
                parts.append(
                    f'<rect x="{LEFT + at * SECOND}" y="{below:.1f}" width="{SECOND - 1}" height="{part:.1f}" '
                    f'fill="{colours.get(name, FAILED)}"/>'
                )
    for moment, what in ((course.lost, "lost"), (course.returned, "back")):
        if moment:
            x = LEFT + (moment - course.began) * SECOND
            parts.append(
                f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{TOP + HIGH}" stroke="#222222" stroke-dasharray="3 3"/>'
                f'<text x="{x:.1f}" y="{TOP - 12}" text-anchor="middle" fill="#222222">{course.region} {what}</text>'
            )
    for at in range(0, seconds, 10):
        parts.append(
            f'<text x="{LEFT + at * SECOND}" y="{TOP + HIGH + 14}" text-anchor="middle" fill="#222222">{at} s</text>'
        )
    for at, (name, colour) in enumerate((*colours.items(), ("no answer", FAILED))):
        x = LEFT + at * 110
        parts.append(
            f'<rect x="{x}" y="6" width="10" height="10" fill="{colour}"/><text x="{x + 14}" y="15" fill="#222222">{name}</text>'
        )
    parts.append(f'<text x="4" y="{TOP + 8}" fill="#222222">{most}/s</text></svg>')
    return "\n".join(parts) + "\n"

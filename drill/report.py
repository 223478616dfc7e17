"""What a drill found, as a page."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

from drill import plot
from drill.course import Course


def write(course: Course, folder: Path, now: datetime.datetime) -> Path:
    """The page, with its timeline beside it; both carry stack, region and date in their names."""
    name = f"{course.stack}-{course.region}-{now:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(plot.svg(course))
    page = folder / f"{name}.md"
    page.write_text(text(course, now, f"{name}.svg"))
    return page


def text(course: Course, now: datetime.datetime, picture: str) -> str:
    """As Markdown."""
    rows = [f"| {what} | {value} |" for what, value in _rows(course)]
    failures = Counter(each.failure for each in course.failed)
    reasons = [f"- {reason}: {count}" for reason, count in failures.most_common(5)]
    lines = [
        f"# {'Evacuation' if course.planned else 'Loss'} of {course.region}, stack {course.stack}",
        f"{now:%Y-%m-%d %H:%M:%S} UTC. **{verdict(course)}**",
        f"![who answered in each second]({picture})",
        "\n".join(["| | |", "|---|---|", *rows]),
    ]
    return "\n\n".join(lines + (["What users met:", "\n".join(reasons)] if reasons else [])) + "\n"


def verdict(course: Course) -> str:
    """In one sentence."""
    word = "Passed" if course.passed else "Failed"
    if course.still_served:
        answered = f"{course.region} answered {len(course.still_served)} requests"
        return f"Failed: {answered} although it was taken away, so nothing is shown."
    if course.planned:
        return f"{word}: {len(course.failed)} of {len(course.tries)} requests got no answer while {course.region} was drained."
    return (
        f"{word}: the last user without an answer gave up {course.served_after:.1f} s after {course.region} was lost; "
        f"{course.allowed} s are allowed."
    )


def _rows(course: Course) -> list[tuple[str, str]]:
    noticed = course.noticed_after
    served = Counter(course.whose(each) for each in course.tries if not each.failure)
    away = (course.returned or course.ended) - course.lost
    return [
        ("stated by the preview, at the worst", f"{course.bound} s"),
        ("objective", "none" if course.objective is None else f"{course.objective} s"),
        (
            "first request without an answer, after the loss",
            "none" if noticed is None else f"{noticed:.1f} s",
        ),
        ("everybody served again, after the loss", f"{course.served_after:.1f} s"),
        (f"{course.region} was away for", f"{away:.1f} s"),
        ("requests", f"{len(course.tries)}, {len(course.failed)} without an answer"),
        (
            f"had {course.region} users before",
            "yes" if course.had_users else "no: nobody could feel its loss",
        ),
        (f"answered by {course.region} while it was away", str(len(course.still_served))),
        ("answered by", ", ".join(f"{name} {count}" for name, count in sorted(served.items()))),
    ]

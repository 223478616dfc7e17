"""What a drill found, as a page."""

from __future__ import annotations

import datetime
from collections import Counter
from pathlib import Path

from drill import plot
from drill.course import Course
from drill.series import SHARE, Series


def write(series: Series, folder: Path, now: datetime.datetime) -> Path:
    """The page, with a timeline beside it; both carry stack, region and date in their names."""
    course = series.worst
    name = f"{course.stack}-{course.region}-{now:%Y%m%dT%H%M%SZ}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(plot.svg(course))
    page = folder / f"{name}.md"
    page.write_text(text(series, now, f"{name}.svg"))
    return page


def text(series: Series, now: datetime.datetime, picture: str) -> str:
    """As Markdown; `picture` shows the loss that took longest."""
    course = series.worst
    many = len(series.courses) > 1
    rows = [f"| {what} | {value} |" for what, value in _rows(course)]
    failures = Counter(failed.failure for each in series.courses for failed in each.failed)
    reasons = [f"- {reason}: {count}" for reason, count in failures.most_common(5)]
    kind = "evacuation" if course.planned else "loss"
    title = f"{len(series.courses)} {kind}{'es' if kind == 'loss' else 's'}" if many else kind.capitalize()
    lines = [
        f"# {title} of {course.region}, stack {course.stack}",
        f"{now:%Y-%m-%d %H:%M:%S} UTC. **{verdict(series)}**",
        *([_each(series), "The one that took longest:"] if many else []),
        f"![who answered in each second]({picture})",
        "\n".join(["| | |", "|---|---|", *rows]),
    ]
    return "\n\n".join(lines + (["What users met:", "\n".join(reasons)] if reasons else [])) + "\n"


def verdict(series: Series) -> str:
    """In one sentence, or two for several losses."""
    count = len(series.courses)
    told = _verdict(series.worst)
    if count == 1:
        return told
    passed = sum(each.passed for each in series.courses)
    if series.worst.planned:
        failed = sum(len(each.failed) for each in series.courses)
        tries = sum(len(each.tries) for each in series.courses)
        return f"{passed} of {count} passed: {failed} of {tries} requests got no answer."
    return (
        f"{passed} of {count} passed. {SHARE} % of {len(series.served_again)} users who met a loss were served again within "
        f"{series.within(SHARE):.1f} s. The longest: {told[0].lower()}{told[1:]}"
    )


def _verdict(course: Course) -> str:
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


def _each(series: Series) -> str:
    head = (
        "| | first without an answer | "
        + f"{SHARE} % of users served again | the last gave up | requests | without an answer | |"
    )
    rows = [
        f"| {number} | {_seconds(each.noticed_after)} | {Series([each]).within(SHARE):.1f} s | {each.served_after:.1f} s | "
        f"{len(each.tries)} | {len(each.failed)} | {'passed' if each.passed else 'failed'} |"
        for number, each in enumerate(series.courses, 1)
    ]
    return "\n".join([head, "|---" * 7 + "|", *rows])


def _seconds(value: float | None) -> str:
    return "none" if value is None else f"{value:.1f} s"


def _rows(course: Course) -> list[tuple[str, str]]:
    served = Counter(course.whose(each) for each in course.tries if not each.failure)
    away = (course.returned or course.ended) - course.lost
    return [
        ("how", "drained" if course.planned else course.how.told),
        ("stated by the preview, at the worst", f"{course.bound} s"),
        ("objective", "none" if course.objective is None else f"{course.objective} s"),
        ("first request without an answer, after the loss", _seconds(course.noticed_after)),
        (
            f"{SHARE} % of the users who met the loss served again",
            f"{Series([course]).within(SHARE):.1f} s ({len(course.served_again)} met it)",
        ),
        ("the last one without an answer gave up, after the loss", f"{course.served_after:.1f} s"),
        (f"{course.region} was away for", f"{away:.1f} s"),
        ("requests", f"{len(course.tries)}, {len(course.failed)} without an answer"),
        (
            f"had {course.region} users before",
            "yes" if course.had_users else "no: nobody could feel its loss",
        ),
        (f"answered by {course.region} while it was away", str(len(course.still_served))),
        ("answered by", ", ".join(f"{name} {count}" for name, count in sorted(served.items()))),
    ]

"""From one preview to its summary: what is felt, what it costs, what is against it, and each line that changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from cost.difference import Change, Difference, difference
from gobuild import commits
from gobuild.refusal import Refused
from model import rendered
from summary import failover, files, findings, page
from summary.events import Preview, Step
from summary.felt import Felt, by_felt
from summary.page import Section, code

PROJECT = Path(__file__).parents[1]
CAREFUL = (Felt.DATA, Felt.MOVED, Felt.REPLACED, Felt.STOPPED, Felt.REMOVED, Felt.RENEWED)
HARMLESS = {Felt.RESTART, Felt.EXCHANGED, Felt.RELOAD, Felt.NEW}
NOT_KNOWN = (
    "Not known without asking hosts: whether they still are as the last `up` left them (`make drift`), have room and packages, "
    "and whether the new release becomes healthy. A release that does not never gets a request."
)


def compose(stack: str, preview: Preview, limit: int = page.LIMIT, project: Path = PROJECT) -> str:
    """The whole page. Paths of the service's source start at `project`."""
    sent = files.bundles(preview.steps)
    moved = files.moves(preview.steps, sent)
    felt = by_felt(preview.steps)
    money = _money(preview.steps)
    policies = findings.policies(preview)
    new = [*sent.values()]
    vulnerable, why = findings.vulnerabilities(new) if preview.finished else ([], None)
    against = [*policies, *vulnerable, *preview.warnings]
    changes = files.differences(moved)
    sections = [
        Section(title="What is wrong", blocks=tuple(page.fenced(each) for each in preview.errors)),
        Section(title=_count(against, "finding"), blocks=tuple(page.listed(against))),
        Section(title="Artifacts", blocks=tuple(_artifacts(preview, new, changes, why))),
        Section(title="Commits", blocks=tuple(_commits(preview, new, project))),
        Section(title="Files on hosts", blocks=tuple(_files(moved, changes))),
        Section(
            title="Objects of clusters",
            blocks=tuple(_difference(each) for each in files.objects(preview.steps)),
        ),
        Section(title="Money", blocks=tuple(_costs(money))),
        Section(title="All steps", blocks=tuple(_steps(preview.steps))),
    ]
    table = "\n\n".join(filter(None, (_table(felt, money), failover.told(preview), NOT_KNOWN)))
    shown = [section for section in sections if section.blocks]
    return page.page(stack, _verdict(stack, preview, felt, money, against), table, shown, limit)


def _verdict(
    stack: str, preview: Preview, felt: dict[Felt, list[Step]], money: Difference, against: Sequence[str]
) -> str:
    name = code(stack)
    if preview.errors or not preview.finished:
        what = _count(preview.errors, "error") if preview.errors else "the preview broke off"
        return f"**{name} cannot be brought up: {what}.** Nothing would be changed."
    if not felt:
        return f"**{name}: nothing changes** that anybody feels." + _also(money, against)
    careful = [kind for kind in CAREFUL if kind in felt]
    parts = ", ".join(f"{kind.label} ({len(felt[kind])})" for kind in (careful or felt))
    if careful:
        others = sum(len(those) for kind, those in felt.items() if kind not in careful)
        return f"**{name}: look closely: {parts}**; {others} other steps." + _also(money, against)
    harmless = " No request is lost and nothing is taken away." if HARMLESS.issuperset(felt) else ""
    return f"**{name}: {parts}.**{harmless}" + _also(money, against)


def _also(money: Difference, against: Sequence[str]) -> str:
    cost = f" About {_dollars(money.total)} a month." if money.lines else ""
    return cost + (f" {_count(against, 'finding')}." if against else "")


def _table(felt: dict[Felt, list[Step]], money: Difference) -> str:
    body = [
        (f"**{kind.label}**", str(len(those)), page.some([each.name for each in those]), kind.meaning)
        for kind, those in felt.items()
    ]
    if not body:
        body = [("nothing", "", "", "no process, name, right or file changes")]
    if money.lines:
        body.append(
            (
                "**money**",
                "",
                page.some([name for name, _ in money.lines]),
                f"{_dollars(money.total)} a month",
            )
        )
    return page.rows(("what is felt", "how many", "where", "what it means"), body)


def _artifacts(
    preview: Preview, new: Sequence[files.Bundle], changes: Sequence[files.Difference], why: str | None
) -> Iterator[str]:
    old = preview.outputs.get("artifacts") or {}
    body: list[tuple[str, ...]] = []
    for bundle in new:
        if binary := bundle.manifest.get("binary"):
            architecture = bundle.manifest["architecture"]
            was = old.get(architecture) or {}
            size = f"{binary['size']:,} bytes" + (f" ({binary['size'] - was['size']:+,})" if was else "")
            same = was.get("sha256") == binary["sha256"]
            facts = (
                code(binary["sha256"]),
                "the same" if same else "new",
                size,
                binary.get("goVersion") or "",
            )
            body.append((architecture, bundle.manifest["version"], *facts, code(bundle.sha256)))
    if body:
        head = (
            "",
            "version",
            "sha256 of the binary",
            "",
            "size",
            "Go",
            "sha256 of the bundle, as `up` installs it",
        )
        yield page.rows(head, list(dict.fromkeys(body)))
    modules = [each for each in changes if each.target == rendered.MODULES]
    yield from (f"{rendered.MODULES}:\n\n" + page.fenced("\n".join(each.lines), "diff") for each in modules)
    if why:
        yield f"Known vulnerabilities were not looked for: {why}."
    elif body:
        yield "The new binaries were compared with the vulnerability database: see the findings, if there are any."


def _commits(preview: Preview, new: Sequence[files.Bundle], project: Path) -> Iterator[str]:
    """Between the version that the stack's outputs name and the one of the new bundles."""
    before = preview.outputs.get("version")
    after = next((each.manifest["version"] for each in new if each.manifest.get("binary")), None)
    source = preview.service.get("source")
    if not before or not after or before == after or not source:
        return
    try:
        yield str(commits.between((project / source).resolve(), before, after))
    except Refused as refused:
        yield f"Between {code(before)} and {code(after)} they are not known: {refused}."


def _files(moved: Sequence[files.Moved], changes: Sequence[files.Difference]) -> Iterator[str]:
    yield from (_difference(each) for each in changes if each.target != rendered.MODULES)
    first = [each.name for each in moved if each.old is None]
    if first:
        yield f"Hosts that get their first release: {page.some(first)}."
    unseen = [each.name for each in moved if each.old is not None and None in (each.before, each.after)]
    if unseen:
        yield (
            f"No difference can be shown for {page.some(unseen)}: the state does not tell what files these have, or get, because "
            "a release from their own disks is turned on, or because the last `up` was broken off or older than this summary."
        )


def _difference(each: files.Difference) -> str:
    hosts = f" on {page.some(each.hosts)}" if each.hosts else ""
    return f"{code(each.target)}{hosts}\n\n{page.fenced(chr(10).join(each.lines), 'diff')}"


def _money(steps: Sequence[Step]) -> Difference:
    return difference(
        Change(
            name=step.name,
            type=step.type,
            region=step.region,
            before=step.old if step.op != "create" else None,
            after=step.new if step.op != "delete" else None,
        )
        for step in steps
        if step.op != "same" and step.type.startswith("aws:")
    )


def _costs(money: Difference) -> Iterator[str]:
    dearest = sorted(money.lines, key=lambda line: -abs(line[1]))
    body = [(code(name), _dollars(amount)) for name, amount in dearest]
    if body:
        yield page.rows(("", "US dollars a month at list prices"), body)
    if money.unknown:
        yield f"Without a price: {page.some(money.unknown)}."


def _steps(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.op != "same" and not step.type.startswith("pulumi:"):
            changed = f": {', '.join(sorted(step.changed))}" if step.changed else ""
            yield f"- {step.op} {code(step.name)} ({step.type}){changed}"


def _count(those: Sequence[object], noun: str) -> str:
    return f"{len(those)} {noun}{'' if len(those) == 1 else 's'}"


def _dollars(amount: Decimal) -> str:
    return f"{amount:+,.2f} US dollars"

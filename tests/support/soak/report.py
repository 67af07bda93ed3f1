"""What a soak found: `docs/soak.md` for people, `build/soak.json` for machines."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from soak.runs import Run

SECOND = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """All runs of one scenario."""

    scenario: str
    runs: int
    seeds: list[int]
    exact: int
    events: int
    kills: int
    takeovers: int
    longest_wait_ms: int
    seconds: float
    failures: list[dict[str, str | int]]


def lines(runs: Sequence[Run]) -> list[Line]:
    """One for each scenario, in the order in which they were first played."""
    names = dict.fromkeys(run.scenario for run in runs)
    return [_line(name, [run for run in runs if run.scenario == name]) for name in names]


def _line(name: str, runs: Sequence[Run]) -> Line:
    return Line(
        scenario=name,
        runs=len(runs),
        seeds=[run.seed for run in runs],
        exact=sum(not run.error for run in runs),
        events=sum(run.tally.events for run in runs),
        kills=sum(run.tally.kills for run in runs),
        takeovers=sum(run.tally.takeovers for run in runs),
        longest_wait_ms=max(run.tally.longest_wait for run in runs),
        seconds=round(sum(run.seconds for run in runs), 1),
        failures=[
            {"seed": run.seed, "error": run.error, "folder": run.folder}
            for run in runs
            if run.error
        ],
    )


def write(runs: Sequence[Run], minutes: float, root: Path, *, whole: bool) -> None:
    """Both files, whole: a soak that is cut short has told what it knew.

    `whole`: of all scenarios; one of chosen ones leaves the page alone.
    """
    told = lines(runs)
    listed = {"minutes": round(minutes, 1), "scenarios": [asdict(line) for line in told]}
    _replace(root / "build" / "soak.json", json.dumps(listed, indent=1, ensure_ascii=False) + "\n")
    if whole:
        _replace(root / "docs" / "soak.md", page(told, minutes))


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(file)


def page(told: Sequence[Line], minutes: float) -> str:
    """The page in docs."""
    exact, runs = sum(line.exact for line in told), sum(line.runs for line in told)
    head = HEAD.format(
        minutes=minutes, python=platform.python_version(), cores=os.cpu_count(),
        scenarios=len(told), runs=runs, exact=exact,
        events=sum(line.events for line in told), kills=sum(line.kills for line in told),
        takeovers=sum(line.takeovers for line in told),
    )  # fmt: skip
    rows = [_row(line) for line in told]
    wrong = [
        f"- {line.scenario}, seed {one['seed']}: `{_one_line(str(one['error']))}`"
        for line in told
        for one in line.failures
    ]
    tail = ["", "## What was not exact", "", *wrong] if wrong else []
    return "\n".join([head, *rows, *tail]) + "\n"


def _row(line: Line) -> str:
    seeds = f"{min(line.seeds)}-{max(line.seeds)}" if line.runs > 1 else f"{line.seeds[0]}"
    answer = "yes" if line.exact == line.runs else f"**{line.exact} of {line.runs}**"
    wait = f"{line.longest_wait_ms / SECOND:.1f}"
    counts = f"{line.events:,} | {line.kills} | {line.takeovers} | {wait}"
    return f"| {line.scenario} | {line.runs} | {seeds} | {answer} | {counts} |"


def _one_line(text: str) -> str:
    return " ".join(text.replace("`", "'").split())[:300]


HEAD = """# Soak: faults by the hour

Written by `make soak`: every scenario of faults in `tests/support/faults`, round-robin, each time
with the next seed, on real Kafka brokers with real worker processes. Each run ends with the
exactness checker: what is committed must be the pure fold of what was sent, record by record, row
by row, with every dead letter and every crossing once, and no step ahead of the broker's time.

`SOAK_MINUTES=10 SOAK_SEED=7 SOAK_ONLY="killed" make soak` shortens it, repeats seeds, and chooses
scenarios by a part of their names.

This one: {minutes:.0f} minutes, {cores} cores, Python {python}. {scenarios} scenarios, {runs} runs,
{exact} of them exact; {events:,} events, {kills} workers killed (SIGKILL), {takeovers} takeovers.

Longest wait: from the append of a record to its commit, in seconds, in the worst moment of all
runs; what is put to sleep or killed is found out after a session timeout of 6 s.

| scenario | runs | seeds | exact | events | kills | takeovers | longest wait, s |
|---|---|---|---|---|---|---|---|"""

"""From what was counted to the report."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from adapters.check.columns import printable
from adapters.check.findings import Findings
from adapters.check.report import Code, File, Filed, Letters, Reason, Report
from adapters.check.verdict import objections, remarks
from adapters.check.watch import Watch
from adapters.kit.inbox import name_of
from adapters.kit.tables import NotWholeError, encoding_of
from adapters.kit.times import china
from adapters.kit.versions import Rule
from schemas.gazetteer import Gazetteer

ORDERS = {
    Rule.EXPORT_SEQUENCE: "by the number in the file's name",
    Rule.CURRENT_STATE: "by when a state is read: there is one row for each record",
    Rule.UPDATE_TIME: "by the time of the last update",
}
LONGEST_CODE = 120
"""Characters of a code: an example may be cut, a code must be known again."""

TEXTS = frozenset({".csv", ".tsv"})
JSONS = frozenset({".json", ".jsonl"})


def report(found: Findings, gazetteer: Gazetteer) -> Report:
    """The whole report."""
    watch, times = found.watch, [china(at) for at in found.watch.times] or ["", ""]
    mapping, files = getattr(found.own, "mapping", None), list(_files(found))
    return Report(
        adapter=found.adapter.name,
        title=found.adapter.title,
        mapping=str(mapping or ""),
        order=ORDERS[found.adapter.rule],
        files=files,
        rows=found.rows,
        repeats=watch.repeats,
        versions=watch.versions,
        records=watch.records,
        changed=watch.changed,
        events=found.events,
        columns=found.columns.found,
        codes=_codes(watch),
        states={name: _stated(counts) for name, counts in watch.states.items()},
        first=times[0],
        last=times[1],
        future=watch.future,
        filed=_filed(watch, gazetteer),
        unlocated=[Reason(reason=r, count=n) for r, n in watch.reasons.most_common()],
        letters=_letters(found),
        bad_share=found.bad_share,
        most_bad_share=found.own.bad_share,
        seconds=found.seconds,
        rows_per_second=found.rows / found.seconds if found.seconds else 0.0,
        remarks=list(remarks(found, gazetteer, [f.name for f in files if not f.encoding])),
        objections=list(objections(found)),
    )


def _files(found: Findings) -> Iterator[File]:
    if found.folder is None:
        return
    paths = [found.folder] if found.folder.is_file() else sorted(found.folder.iterdir())
    for path in filter(Path.is_file, paths):
        name = name_of(path)
        yield File(
            name=name,
            encoding=_encoding(path) if name in found.read else "",
            rows=found.by_file[name],
            unreadable=found.unreadable[name],
        )


def _encoding(path: Path) -> str:
    if path.suffix.lower() not in TEXTS:
        return "utf-8" if path.suffix.lower() in JSONS else "xlsx"
    try:
        return encoding_of(path).removesuffix("-sig")
    except (NotWholeError, OSError) as error:
        return str(error)


def _stated(counts: Counter[str]) -> dict[str, int]:
    shown = Counter[str]()
    for value, count in counts.items():
        shown[printable(value)] += count
    return dict(shown.most_common())


def _codes(watch: Watch) -> list[Code]:
    return [
        Code(
            list=code[0],
            version=code[1],
            value=printable(code[2], LONGEST_CODE),
            state=state,
            count=count,
        )
        for (code, state), count in watch.codes.most_common()
    ]


def _filed(watch: Watch, gazetteer: Gazetteer) -> list[Filed]:
    total = watch.filed.total()
    return [
        Filed(
            code=code,
            name=gazetteer.units[code].name,
            level=gazetteer.units[code].level,
            count=count,
            share=count / total,
        )
        for code, count in watch.filed.most_common()
    ]


def _letters(found: Findings) -> list[Letters]:
    ordered = sorted(found.groups.items(), key=lambda item: -item[1].count)
    return [
        Letters(
            rule=rule,
            field=name,
            count=group.count,
            places=group.places,
            values=group.values,
            advice=group.advice,
        )
        for (rule, name), group in ordered
    ]

"""What is worth knowing about an input, and what speaks against running the adapter on it."""

from collections.abc import Collection, Iterator

from adapters.check.findings import SHOWN, Findings
from adapters.check.watch import UNLISTED
from schemas.gazetteer import Gazetteer


def remarks(found: Findings, gazetteer: Gazetteer, alone: Collection[str]) -> Iterator[str]:
    """What stops nothing; `alone` are the files that the adapter leaves alone."""
    watch = found.watch
    unlisted = sum(count for (_, state), count in watch.codes.items() if state == UNLISTED)
    if unlisted:
        yield (
            f"{unlisted} of {watch.filed.total()} have a kind that the crosswalk does not know: "
            "they are taken, without a kind of the hub, and are not joined by kind and place."
        )
    if waiting := watch.reasons.total():
        yield f"{waiting} of {watch.filed.total()} find no community: they wait at a desk."
    if not gazetteer.estates:
        yield "No table of estates is set (SHEQU_ESTATES): addresses lead to named units only."
    if watch.future:
        yield f"{watch.future} happened later than now: look at date formats and time zone."
    if alone:
        yield f"Left alone: {', '.join([*alone][:SHOWN])}{' ...' if len(alone) > SHOWN else ''}."


def objections(found: Findings) -> Iterator[str]:
    """What must be mended before the adapter is run on this."""
    if not found.rows and not found.letters:
        yield "Nothing was read: there is no row in the input."
    for (rule, _), group in found.groups.items():
        if rule == "file.columns":
            yield f"{group.count} of the files lack agreed columns: {', '.join(group.places)}."
    if found.bad_share > found.own.bad_share:
        yield (
            f"{found.bad_share:.0%} would become dead letters, {found.own.bad_share:.0%} is the "
            "most that the adapter bears."
        )
    elif found.halts:
        yield f"The adapter would halt on the way: {found.halts}"

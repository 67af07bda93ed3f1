"""What is said of a rebalance: who has what now, who came, who went, what moved."""

from collections.abc import Collection
from dataclasses import dataclass, field

from streams.lane.group.assignor import Decision


@dataclass(slots=True)
class Rebalance:
    """One that is not over. `began`: seconds, `rows_before`: read by restores until then."""

    began: float
    rows_before: int
    resumed: bool = False
    _kept: list[int] = field(default_factory=list)
    _taken: list[int] = field(default_factory=list)
    _given_up: list[int] = field(default_factory=list)

    def resume(self, before: Collection[int], after: Collection[int]) -> None:
        """Folding goes on with these partitions after those."""
        self.resumed = True
        self._kept = sorted(set(before) & set(after))
        self._taken = sorted(set(after) - set(before))
        self._given_up = sorted(set(before) - set(after))

    def moves(self) -> dict[str, list[int]]:
        """What this worker kept, took and gave up."""
        return {"kept": self._kept, "taken": self._taken, "given_up": self._given_up}


def changes(who: str, before: Decision | None, after: Decision | None) -> dict[str, object]:
    """Who has what in the whole group, and why it was shared anew, as far as this worker knows.

    A leader of an earlier version says nothing; a worker that has just come knows nobody who left.
    """
    if after is None:
        return {"worker": who}
    told: dict[str, object] = {
        "worker": who,
        "round": after.round,
        "shares": {share.who: share.numbers for share in after.shares.values()},
    }
    if before is None:
        told["joined"] = [who]
    else:
        for what, ones, others in (("joined", after, before), ("left", before, after)):
            gone = sorted(
                ones.shares[member].who for member in ones.shares.keys() - others.shares.keys()
            )
            if gone:
                told[what] = gone
    if after.older:
        told["older_topics"] = after.older
    if after.strangers:
        told["strangers"] = after.strangers
    return told

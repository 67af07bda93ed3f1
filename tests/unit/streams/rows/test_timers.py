"""Timers of which most stand on disk come in the same order as if all were in memory."""

from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from streams.lane.rows.timers import Timers, WindowedTimers, due_of

KEYS = [f"-/timers/{due:013d}/a/t" for due in range(30)]
Act = tuple[str, int]


class Standing:
    """Timers among the rows: those of which `WindowedTimers` may know nothing yet."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.asked = 0

    def after(self, after: str, count: int) -> tuple[list[str], str | None]:
        """See `streams.lane.rows.timers.After`."""
        self.asked += 1
        first = bisect_right(self.keys, after)
        found = self.keys[first : first + count]
        return found, found[-1] if len(found) == count else None


ACTS = st.lists(
    st.tuples(st.sampled_from(("note", "push", "fire", "shrink")), st.integers(0, 29)), max_size=60
)


@given(st.sets(st.sampled_from(KEYS)), ACTS)
def test_they_fire_in_order_whatever_is_in_memory(there: set[str], acts: list[Act]) -> None:
    """`push` is a unit's own timer, not yet among the rows when something fires."""
    standing = Standing()
    standing.keys = sorted(there)
    timers, alive = WindowedTimers(standing.after, window=2), set(there)
    for act, number in acts:
        key = KEYS[number]
        if act == "note" and key not in alive:
            alive.add(key)
            standing.keys = sorted({*standing.keys, key})
            timers.note(key)
        elif act == "push" and key not in alive:
            alive.add(key)
            timers.push(key)
            assert timers.first() is not None
            standing.keys = sorted({*standing.keys, key})
        elif act == "fire":
            due = sorted(one for one in alive if due_of(one) <= number)
            assert _fired(timers, number, alive) == due
            alive -= set(due)
            standing.keys = [one for one in standing.keys if one in alive]
        elif act == "shrink":
            timers.shrink()
    assert _fired(timers, 29, alive) == sorted(alive)


def _fired(timers: Timers, now: int, alive: set[str]) -> list[str]:
    """What is due and alive; a key that comes twice has fired the first time."""
    found: list[str] = []
    while (key := timers.pop(now)) is not None:
        if key in alive and key not in found:
            found.append(key)
    return found


def test_few_of_many_are_in_memory() -> None:
    """Of a million on disk, those that come next."""
    standing = Standing()
    standing.keys = [f"-/timers/{due:013d}/a/t" for due in range(5_000)]
    timers = WindowedTimers(standing.after, window=100)
    assert timers.first() == standing.keys[0]
    assert len(timers) == 100
    for key in standing.keys[100:]:
        timers.note(key)
    assert len(timers) == 100
    assert standing.asked == 1

"""In transit 在途: a record that moves between codes is in two halves until each has heard of it.

A fold calls `follow` with every event, before it decides whether to ignore it, puts what it gives
into the new row's `transit`, and is done: all else, the counts included, happens here.

A half (left or arrived) that is folded is *open* until the other code has folded the same version
of the record, or a later one: then nobody needs to look for it. Each half tells the other code
(`moved`, or `late`); a code that hears of a version that it is past, and has not told of itself,
says so (`known`), and that is never answered. What comes before this code has come as far is
*heard*, and waits. All are kept by version, in one private row: a record that goes on before it is
paired leaves its open half behind, and the count of persons stays right:

    sum(residents_total) + sum(residents_leaving) - sum(residents_arriving)

counts each person once when every crossing has come, whichever halves came, in whatever order, as
long as one half of each move did.

A half that waits for longer than the list `transit` allows is overdue, once; one of a first load
(*quiet*) alarms nobody. While a half is open its row stays. It is given up, its counts with it, a
retention time after its alarm; a person's never is: the city would lose the person.

After an outage each partition catches up by itself, its time with its log: the other half may have
been folded and not told yet when the alarm is due. The pairing takes such an alarm back.
"""

from typing import TypeAlias

import msgspec

from streams.community import crossings, lists, summary
from streams.community.events import Crossing, Event, Move
from streams.community.ports import Rows, find
from streams.community.register_rows import Permit, Resident
from streams.community.rows import Case, Incident, Transit, Version
from streams.community.state_rows import Crossed, Timer
from streams.community.tables import CROSSED, RESIDENTS, Table
from streams.community.timers import schedule

Halves: TypeAlias = tuple[Transit, ...]
MovingRow: TypeAlias = Case | Incident | Permit | Resident
NOTHING = Crossed(open=(), quiet=(), heard=())


def follow(
    now: int, event: Event, old: MovingRow | None, table: Table, key: str, rows: Rows
) -> Transit | None:
    """Fold the half of a move that an event is, if it is one; give the new row's `transit`."""
    before = _crossed(table, key, rows)
    after = before
    if event.moved is not None and (old is None or event.version != old.version):
        half = _half(now, event.moved.direction, event.moved.counterpart, event.version)
        late = old is not None and event.version < old.version
        crossings.tell(crossings.LATE if late else crossings.MOVED, half, table, key, rows)
        after = _waiting(half, event, old, before, rows)
    after = _past(event.version, after, table, key, rows)
    if after != before:
        _keep(before, after, table, key, rows)
    if old is not None and event.version < old.version:
        _show(now, after, table, key, rows)  # an older half: the row in force is not made anew
    return _shown(after)


def _half(now: int, direction: str, counterpart: str, version: Version) -> Transit:
    return Transit(
        direction=direction, counterpart=counterpart, version=version, since=now, overdue=False
    )


def _waiting(
    half: Transit, event: Event, old: MovingRow | None, state: Crossed, rows: Rows
) -> Crossed:
    """Wait for the other code, unless it has told already."""
    if _same(half, state.heard):
        return msgspec.structs.replace(state, heard=_without(half, state.heard))
    known = _same(half, (*state.open, *state.quiet))
    if known or _waits_for_nobody(half, event, old, rows):
        return state
    if event.backfill:
        return msgspec.structs.replace(state, quiet=(*state.quiet, half))
    return msgspec.structs.replace(state, open=(*state.open, half))


def _waits_for_nobody(half: Transit, event: Event, old: MovingRow | None, rows: Rows) -> bool:
    """Who left cancelled is nowhere; what was sent again may have been paired, and have retired."""
    left = half.direction == "left"
    if left and isinstance(event, Move) and event.status == "cancelled":
        return True
    again = left if old is None else event.version < old.version
    return again and event.occurred_at <= half.since - lists.retention_ms(rows)


def _past(version: Version, state: Crossed, table: Table, key: str, rows: Rows) -> Crossed:
    """This code has come to a version: it answers what it heard of up to there."""
    past = tuple(half for half in state.heard if half.version <= version)
    for half in past:
        crossings.tell(crossings.KNOWN, half, table, key, rows)
    if not past:
        return state
    later = tuple(half for half in state.heard if half.version > version)
    return msgspec.structs.replace(state, heard=later)


def apply_crossing(now: int, crossing: Crossing, rows: Rows) -> None:
    """Another code has folded a half, or is past one of this code's."""
    half, table, key = crossings.read(now, crossing)
    before = _crossed(table, key, rows)
    after = msgspec.structs.replace(
        before,
        open=_without(half, before.open),
        quiet=_without(half, before.quiet),
    )
    if crossing.kind != crossings.KNOWN and after == before:
        after = _hear(half, before, table, key, rows)
    elif crossing.kind == crossings.LATE:
        crossings.tell(crossings.KNOWN, half, table, key, rows)
    if after != before:
        _keep(before, after, table, key, rows)
        _show(now, after, table, key, rows)


def _hear(half: Transit, state: Crossed, table: Table, key: str, rows: Rows) -> Crossed:
    """A code that has come as far answers at once."""
    row = _row(table, key, rows)
    if row is not None and half.version <= row.version:
        crossings.tell(crossings.KNOWN, half, table, key, rows)
        return state
    if _same(half, state.heard):
        return state
    return msgspec.structs.replace(state, heard=(*state.heard, half))


def fire(now: int, timer: Timer, rows: Rows) -> None:
    """Alarm what has waited for too long; give up what nobody will tell of any more."""
    code, _, name, identity = timer.key.split("/")
    table, key = crossings.MOVING[name], f"{code}/{identity}"
    before = _crossed(table, key, rows)
    after = _aged(now, before, table, rows)
    _keep(before, after, table, key, rows)
    _show(now, after, table, key, rows)


def _aged(now: int, state: Crossed, table: Table, rows: Rows) -> Crossed:
    late = now - lists.transit_alarm_ms(rows)
    waiting = tuple(
        msgspec.structs.replace(half, overdue=half.overdue or half.since <= late)
        for half in state.open
    )
    if table == RESIDENTS:
        return msgspec.structs.replace(state, open=waiting)
    gone = late - lists.retention_ms(rows)
    return Crossed(
        open=_since(gone, waiting), quiet=_since(gone, state.quiet), heard=_since(gone, state.heard)
    )


def _since(time: int, halves: Halves) -> Halves:
    return tuple(half for half in halves if half.since > time)


def _next_due(state: Crossed, table: Table, rows: Rows) -> int | None:
    """When `fire` has something to do, ms."""
    alarm = lists.transit_alarm_ms(rows)
    dues = [half.since + alarm for half in state.open if not half.overdue]
    if table != RESIDENTS:
        end = alarm + lists.retention_ms(rows)
        dues += [half.since + end for half in (*state.open, *state.quiet, *state.heard)]
    return min(dues, default=None)


def _keep(before: Crossed, after: Crossed, table: Table, key: str, rows: Rows) -> None:
    """Write the private row, the counts, and when to look again."""
    own_key = _key(table, key)
    if after == NOTHING:
        rows.delete(CROSSED, own_key)
    else:
        rows.put(CROSSED, own_key, after)
    counts, now_counts = _counts(before, table), _counts(after, table)
    deltas = {name: number - counts[name] for name, number in now_counts.items()}
    summary.add(rows, key.partition("/")[0], **deltas)
    due = _next_due(after, table, rows)
    if due is not None:
        schedule(rows, due, "transit", CROSSED, own_key)


def _counts(state: Crossed, table: Table) -> dict[str, int]:
    halves = (*state.open, *state.quiet)
    counts = {
        "transit_open": len(halves),
        "transit_overdue": sum(half.overdue for half in halves),
    }
    if table == RESIDENTS:
        left = sum(half.direction == "left" for half in halves)
        counts |= {"residents_leaving": left, "residents_arriving": len(halves) - left}
    return counts


def _show(now: int, state: Crossed, table: Table, key: str, rows: Rows) -> None:
    """The row in its view says what is open."""
    row, shown = _row(table, key, rows), _shown(state)
    if row is not None and row.transit != shown:
        rows.put(table, key, msgspec.structs.replace(row, transit=shown, updated_at=now))


def _shown(state: Crossed) -> Transit | None:
    """The newest open half."""
    return max((*state.open, *state.quiet), key=lambda half: half.version, default=None)


def _row(table: Table, key: str, rows: Rows) -> MovingRow | None:
    row = rows.get(table, key)
    return row if isinstance(row, MovingRow) else None


def _key(table: Table, key: str) -> str:
    code, _, identity = key.partition("/")
    return f"{code}/{CROSSED.name}/{table.name}/{identity}"


def _crossed(table: Table, key: str, rows: Rows) -> Crossed:
    return find(rows, CROSSED, _key(table, key), Crossed) or NOTHING


def _same(half: Transit, halves: Halves) -> bool:
    """Whether one of them is of the same version, between the same codes.

    A record that went on leaves twice with the same version: from where it was last, and again
    from where it was before that.
    """
    return any(_names(half) == _names(other) for other in halves)


def _without(half: Transit, halves: Halves) -> Halves:
    return tuple(other for other in halves if _names(half) != _names(other))


def _names(half: Transit) -> tuple[Version, str]:
    return half.version, half.counterpart

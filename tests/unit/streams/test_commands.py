"""What people may do to a task: the list of transitions decides, and every refusal is told."""

import pytest
from town import COMMUNITY, DAY, DESK, HOUR, Town

from schemas.identity import row_id
from streams.community.ports import BadRecordError


@pytest.fixture
def town() -> Town:
    """A town with one task, dispatched."""
    found = Town()
    found.case()
    return found


def _accepted(town: Town) -> None:
    town.order(town.task(), "accept")


def test_a_handler_accepts_and_the_first_owner_stays_the_first(town: Town) -> None:
    """首任负责制: it never changes once set."""
    _accepted(town)
    task = town.task()
    assert (task.state, task.first_owner, task.version) == ("accepted", COMMUNITY, 2)
    town.order(task, "transfer", "lead", target="420704001000", reason="not ours")
    town.order(town.task(), "accept")
    task = town.task()
    assert (task.owner, task.first_owner) == ("420704001000", COMMUNITY)


def test_the_whole_way_of_a_task(town: Town) -> None:
    """Accepted, assigned, disposed, verified: told in the past tense, by whom and under what."""
    _accepted(town)
    town.order(town.task(), "assign", "lead", target="worker.003")
    assert town.task().assignee == "worker.003"
    town.order(town.task(), "dispose")
    town.order(town.task(), "verify", "requester")
    assert (town.task().state, town.task().closed_at) == ("closed", town.now)
    assert town.told() == ["created", "accepted", "assigned", "disposed", "verified"]
    last = town.history()[-1]
    assert (last.actor, last.role, last.list, last.list_version) == (
        "worker.017",
        "requester",
        "task_transitions",
        "1",
    )
    assert town.summary().tasks_open == 0


def test_every_hop_is_kept(town: Town) -> None:
    """Dispatched, transferred, returned: who gave it to whom, and why."""
    town.order(town.task(), "transfer", "supervisor", target="420704001002", reason="theirs")
    town.order(town.task(), "accept")
    town.order(town.task(), "return", reason="no power to enforce")
    task = town.task()
    assert (task.state, task.owner) == ("pending", None)
    assert [(hop.from_unit, hop.to_unit, hop.action, hop.reason) for hop in task.hops] == [
        ("城管", COMMUNITY, "dispatch", ""),
        (COMMUNITY, "420704001002", "transfer", "theirs"),
        ("420704001002", "城管", "return", "no power to enforce"),
    ]
    town.order(task, "place", "supervisor")
    assert (town.task().state, town.task().owner) == ("dispatched", COMMUNITY)


def test_a_supervisor_gives_an_unlocated_task_to_its_desk() -> None:
    """It waited for a place; now somebody owns it."""
    town = Town()
    town.case(community=DESK)
    assert town.order(town.task(DESK), "place", "handler") == town.task(DESK)
    assert town.told()[-1] == "command_refused"
    town.order(town.task(DESK), "place", "supervisor")
    assert town.task(DESK).state == "dispatched"


@pytest.mark.parametrize(
    ("command", "stated", "reason"),
    [
        ("accept", {"expected_version": 7}, "the task is at version 1, not 7: look again"),
        ("dispose", {}, "not possible while dispatched"),
        ("sing", {}, "not possible while dispatched"),
        ("accept", {"role": "requester"}, "a requester may not, only handler, lead"),
        ("return", {}, "needs a reason"),
        ("return", {"reason": "  "}, "needs a reason"),
        ("transfer", {"role": "lead", "reason": "theirs"}, "needs a target"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_command_that_may_not_be_is_refused_with_its_reason(
    town: Town, command: str, stated: dict[str, str], reason: str
) -> None:
    """The task does not change; the history says who wanted what, and why not."""
    town.wait(HOUR)
    before = town.task()
    role = stated.pop("role", "handler")
    assert town.order(before, command, role, **stated) == before
    told = town.history()[-1]
    assert (told.what, told.reason) == ("command_refused", f"{command}: {reason}")
    assert told.at == town.now
    assert (told.version, told.role) == (1, role)


def test_the_same_command_twice_is_one(town: Town) -> None:
    """The page, the API, the broker: whoever repeats it, it is carried out once and told once."""
    task = town.task()
    for _ in range(3):
        town.order(task, "accept", command_id="the-same")
    assert town.task().version == 2
    assert town.told() == ["created", "accepted"]
    assert town.history()[-1].command_id == "the-same"


def test_a_refused_command_twice_is_told_once(town: Town) -> None:
    """And stays refused: who wants it still, wants it again."""
    for _ in range(2):
        town.order(town.task(), "dispose", command_id="too-early")
    _accepted(town)
    town.order(town.task(), "dispose", command_id="too-early")
    assert town.told() == ["created", "command_refused", "accepted"]


def test_a_command_is_remembered_for_a_day(town: Town) -> None:
    """Not for ever: memory does not grow with what people do."""
    _accepted(town)
    assert [key for name, key in town.rows.rows if name == "commands"]
    town.wait(DAY)
    assert not [key for name, key in town.rows.rows if name == "commands"]


def test_two_people_who_saw_the_same_version_do_not_both_win(town: Town) -> None:
    """The second one looks again."""
    seen = town.task()
    town.order(seen, "accept")
    town.order(seen, "transfer", "lead", target="420704001002", reason="theirs")
    assert town.task().state == "accepted"
    assert "the task is at version 2, not 1" in town.history()[-1].reason


def test_a_task_is_found_by_a_request_where_its_id_is_unknown(town: Town) -> None:
    """A recorded command still resolves when a changed rule has named the task anew."""
    request = row_id("ezhou.city_cases", "A1")
    town.order(town.task(), "accept", task_id="gone", request_id=request)
    assert town.task().state == "accepted"


@pytest.mark.parametrize("request_id", [None, "gone"])
def test_a_command_for_no_task_is_a_dead_letter(town: Town, request_id: str | None) -> None:
    """And is not remembered: it may come again when the task is there."""
    with pytest.raises(BadRecordError, match=r"command\.task") as refused:
        town.order(town.task(), "accept", task_id="gone", request_id=request_id)
    assert "send again" in refused.value.advice


def test_a_task_that_is_over_takes_no_command(town: Town) -> None:
    """What comes after is a new task."""
    town.case(order=2, status="closed")
    town.order(town.task(), "accept")
    assert town.history()[-1].reason == "accept: not possible while closed"


def test_the_city_decides_who_may_do_what(town: Town) -> None:
    """Another list, another answer; its version is kept with the decision."""
    step = {"state": "dispatched", "command": "settle", "to": "closed", "roles": ["handler"],
            "reason": False}  # fmt: skip
    town.publish("task_transitions", [step], version="2")
    town.order(town.task(), "accept")
    assert town.history()[-1].what == "command_refused"
    town.order(town.task(), "settle")
    assert (town.task().state, town.history()[-1].what) == ("closed", "settle")
    assert town.history()[-1].list_version == "2"


def test_a_withdrawn_task_frees_its_place(town: Town) -> None:
    """The next report of the matter is a new task."""
    town.order(town.task(), "withdraw", "requester", reason="a mistake")
    town.incident()
    assert [task.state for task in town.tasks()] == ["withdrawn", "dispatched"]


def test_while_a_task_is_paused_its_clock_stands(town: Town) -> None:
    """What was left when it stopped is left when it goes on."""
    _accepted(town)
    due = town.task().clocks[0].due_at
    town.wait(HOUR)
    town.order(town.task(), "pause", reason="waits for the owner")
    clock = town.task().clocks[0]
    assert (clock.state, clock.reason, clock.paused_at) == (
        "paused",
        "waits for the owner",
        town.now,
    )
    town.wait(10 * DAY)
    assert town.task().clocks[0].state == "paused"
    town.order(town.task(), "resume")
    clock = town.task().clocks[0]
    assert (clock.state, clock.due_at, clock.paused_at) == ("running", due + 10 * DAY, None)
    town.wait(clock.due_at - town.now)
    assert town.task().clocks[0].state == "missed"


def test_a_pause_with_an_end_ends_by_itself(town: Town) -> None:
    """Nobody has to remember it; the clock goes on."""
    _accepted(town)
    town.order(town.task(), "pause", reason="until Monday", target=str(town.now + 3 * DAY))
    assert town.task().paused_until == town.now + 3 * DAY
    town.wait(3 * DAY - 1)
    assert town.task().state == "paused"
    town.wait(1)
    task = town.task()
    assert (task.state, task.paused_until, task.clocks[0].state) == ("accepted", None, "running")
    assert (town.history()[-1].what, town.history()[-1].actor) == ("resumed", "system")


def test_a_later_pause_is_not_ended_by_the_end_of_an_earlier_one(town: Town) -> None:
    """Resumed by hand, paused again for longer."""
    _accepted(town)
    town.order(town.task(), "pause", reason="short", target=str(town.now + DAY))
    town.order(town.task(), "resume")
    town.order(town.task(), "pause", reason="long", target=str(town.now + 9 * DAY))
    town.wait(2 * DAY)
    assert town.task().state == "paused"
    town.wait(7 * DAY)
    assert town.task().state == "accepted"


@pytest.mark.parametrize("target", ["tomorrow", "-5", "0", "1", "9" * 30, "１２３"])
def test_a_pause_until_no_time_that_will_come_is_refused(town: Town, target: str) -> None:
    """The person hears it at once, not never."""
    _accepted(town)
    town.order(town.task(), "pause", reason="until", target=target)
    assert town.history()[-1].reason == "pause: needs an end in the future, in ms since 1970"


def test_a_suspended_task_is_reviewed_by_a_date(town: Town) -> None:
    """挂账: cannot be solved now."""
    _accepted(town)
    town.order(town.task(), "suspend", "lead", reason="no money", target=str(town.now + DAY))
    assert (town.task().state, town.task().clocks[0].state) == ("suspended", "paused")
    town.wait(DAY)
    assert town.task().state == "accepted"


def test_a_paused_task_that_its_sources_close_is_closed(town: Town) -> None:
    """And its pause ends nothing later."""
    _accepted(town)
    town.order(town.task(), "pause", reason="until", target=str(town.now + DAY))
    town.case(order=2, status="closed")
    task = town.task()
    assert (task.state, task.paused_until, task.clocks[0].state) == ("closed", None, "met")
    town.wait(2 * DAY)
    assert town.task().state == "closed"


def test_work_that_was_not_good_is_sent_back(town: Town) -> None:
    """Rejected verification: the same task, accepted again."""
    _accepted(town)
    town.order(town.task(), "dispose")
    town.order(town.task(), "reopen", "requester", reason="still loud")
    assert (town.task().state, town.told()[-1]) == ("accepted", "reopened")


def test_a_command_with_a_giant_reason_is_a_letter_and_changes_nothing(town: Town) -> None:
    """Reasons stay in the task's row, and the row must fit a message."""
    _accepted(town)
    before = town.task()
    with pytest.raises(BadRecordError, match=r"command\.too_long: reason"):
        town.order(before, "return", reason="x" * 2_001)
    assert town.task() == before
    town.order(before, "return", reason="x" * 2_000)
    assert town.task().state == "pending"

"""The books, counted by hand for a handful of records, and against the rules for a crowd."""

from dataclasses import dataclass, field
from datetime import date

import pytest

from ops.simulator.city import City
from ops.simulator.exports import Exports
from ops.simulator.kinds import HAPPENINGS, POLICE, Kind, of_matter
from ops.simulator.ledger import Counts, Ledger, Letter, Truth
from ops.simulator.plan import Plan
from ops.simulator.records import Fault, Placing, Record, State, Status, System
from ops.simulator.settings import HOUR, Dirt, Settings

HERE, THERE, DESK = "420704001013", "420704002001", "420704001000"
NOISE = of_matter(HAPPENINGS, "noise")
POLICE_SOURCE, CITY_SOURCE = "ezhou.police_incidents", "ezhou.city_cases"


@dataclass
class Book:
    """An empty city; records are written into its plan by hand."""

    plan: Plan = field(
        default_factory=lambda: Plan(
            City(
                Settings(
                    start=date(2026, 11, 1),
                    people=3,
                    incidents_per_thousand=0,
                    cases_per_thousand=0,
                    clustered=0,
                ),
                Dirt.none(),
            )
        )
    )

    def write(
        self,
        number: str,
        *states: tuple[int, Status, str],
        system: System = "city",
        cluster: int | None = None,
        referred: bool = True,
        kind: Kind = NOISE,
        fault: Fault | None = None,
    ) -> None:
        """States are (day, status, code), each at noon."""
        lived = tuple(
            State(
                at=self.plan.settings.day_start(day) + 12 * HOUR + index * 60_000,
                status=status,
                stage="处置",
                referred=referred,
                closed_at=None,
                placing=Placing(code, code, ""),
                text=f"{number} rings",
            )
            for index, (day, status, code) in enumerate(states)
        )
        person = self.plan.city.people[0]
        self.plan._keep(
            Record(
                system=system,
                record_id=number,
                cluster=cluster,
                kind=kind,
                asset="",
                department="",
                document="",
                occurred_at=lived[0].at,
                person=person,
                third=None,
                secrets=(person.name,),
                states=lived,
                fault=fault,
            )
        )

    def after(self, day: int) -> Truth:
        return Ledger(self.plan, Exports(self.plan, int)).after(day)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.plan.day(5)
    return book


def test_an_incident_counts_whether_or_not_it_is_a_request(book: Book) -> None:
    book.write("JQ1", (0, "open", HERE), system="police", referred=False)
    book.write("JQ2", (0, "open", HERE), (0, "closed", HERE), system="police")
    assert book.after(0).counts == {
        HERE: Counts(incidents_total=2, incidents_open=1, requests_total=1, tasks_total=1)
    }


def test_reports_of_one_cluster_are_one_task_until_all_are_closed(book: Book) -> None:
    book.write("JQ1", (0, "open", HERE), (1, "closed", HERE), system="police", cluster=1)
    book.write("AJ1", (0, "open", HERE), (2, "void", HERE), cluster=1)
    requests = frozenset({(POLICE_SOURCE, "JQ1"), (CITY_SOURCE, "AJ1")})
    states = []
    for day in range(3):
        (task,) = book.after(day).tasks
        assert task.requests == requests
        states.append(task.state)
    assert states == ["open", "open", "closed"]
    counts = book.after(1).counts[HERE]
    assert (counts.tasks_total, counts.tasks_open, counts.joined_total) == (1, 1, 1)


def test_a_task_is_void_only_if_all_its_requests_are(book: Book) -> None:
    book.write("AJ1", (0, "open", HERE), (1, "void", HERE), cluster=1)
    book.write("AJ2", (0, "open", HERE), (1, "void", HERE), cluster=1)
    assert [task.state for task in book.after(1).tasks] == ["void"]


def test_a_record_that_moved_counts_where_it_is_and_leaves_a_withdrawn_task(book: Book) -> None:
    book.write("AJ1", (0, "open", DESK), (1, "open", HERE), (2, "closed", HERE))
    waiting, moved = book.after(0).counts, book.after(2).counts
    assert waiting[DESK] == Counts(
        cases_total=1, cases_open=1, requests_total=1, tasks_total=1, tasks_open=1, unlocated=1
    )
    assert moved == {
        DESK: Counts(tasks_withdrawn=1),
        HERE: Counts(cases_total=1, requests_total=1, tasks_total=1),
    }


def test_an_incident_that_was_no_request_leaves_no_task_behind(book: Book) -> None:
    book.write("JQ1", (0, "open", HERE), (1, "open", THERE), system="police", referred=False)
    assert book.after(1).counts == {THERE: Counts(incidents_total=1, incidents_open=1)}


def test_a_bad_row_is_a_letter_and_counts_nothing_until_a_good_one_follows(book: Book) -> None:
    fault = Fault("field.missing", "bjsj", "")
    book.write("JQ1", (0, "open", HERE), (2, "open", HERE), system="police", fault=fault)
    letter = Letter(POLICE_SOURCE, "JQ1", "field.missing", "bjsj", ())
    for day, total in ((0, 0), (1, 0), (2, 1)):
        truth = book.after(day)
        assert truth.letters == (letter,)
        assert sum(counts.incidents_total for counts in truth.counts.values()) == total


def test_the_same_truth_is_the_same_bytes(book: Book) -> None:
    book.write("AJ1", (0, "open", HERE), cluster=1)
    book.write("AJ2", (0, "open", HERE), cluster=1)
    assert book.after(0).as_json() == book.after(0).as_json()
    assert '"AJ1"' in book.after(0).as_json()


def test_what_must_stay_inside_is_known_for_every_row_so_far(ledger: Ledger) -> None:
    early, late = ledger.secrets(0), ledger.secrets(3)
    assert early < late
    for record in ledger.plan.records[:200]:
        assert {record.person.name, record.person.resident_id, record.person.phone} <= late
        for state in record.states:
            if state.placing.address.endswith("室"):
                assert state.placing.address in late


def test_a_text_without_a_person_in_it_is_no_secret(ledger: Ledger) -> None:
    for record in ledger.plan.records:
        for text in {state.text for state in record.states} & set(record.secrets):
            assert any(word in text for word in record.secrets if word != text)


def test_letters_of_rows_in_files_name_file_and_row(ledger: Ledger, exports: Exports) -> None:
    truth = ledger.after(3)
    files = {drop.name: drop for day in range(4) for drop in exports.day(day)}
    rows = [x for x in truth.letters if x.source == CITY_SOURCE and x.rule != "file.broken"]
    for letter in [x for x in rows if x.rule != "file.columns"]:
        assert letter.places
        for place in letter.places:
            name, row = place.split(":")
            change = files[name].changes[int(row) - 2]
            assert change.bad
            assert letter.record_id in {change.record.record_id, ""}


def test_all_counts_add_up(ledger: Ledger) -> None:
    truth = ledger.after(4)
    counts = truth.counts.values()
    assert sum(c.tasks_total for c in counts) == len(truth.tasks)
    assert sum(c.requests_total for c in counts) == sum(len(t.requests) for t in truth.tasks)
    assert sum(c.tasks_total + c.joined_total - c.requests_total for c in counts) == 0
    assert sum(c.incidents_total + c.cases_total for c in counts) == len(truth.standings)
    assert all(counts.unlocated == 0 for code, counts in truth.counts.items() if code[9:] != "000")


def test_the_books_of_a_plan_hold_every_system(ledger: Ledger) -> None:
    kinds = {s.record.kind for s in ledger.after(0).standings}
    assert set(POLICE) <= kinds

"""People that do not exist, with ids that could."""

import random

import pytest

from ops.simulator.people import DIVISIONS, check_digit, plate
from ops.simulator.plan import Plan


@pytest.mark.parametrize(
    ("first17", "digit"), [("11010519491231002", "X"), ("44052418800101001", "4")]
)
def test_the_check_digit_is_that_of_the_examples_in_gb_11643(first17: str, digit: str) -> None:
    assert check_digit(first17) == digit


def test_every_id_is_valid_and_of_a_district_of_the_city(plan: Plan) -> None:
    weights = [2**n % 11 for n in range(17, 0, -1)]
    for person in plan.city.people:
        value = 10 if person.resident_id[17] == "X" else int(person.resident_id[17])
        total = sum(
            int(digit) * weight for digit, weight in zip(person.resident_id, weights, strict=False)
        )
        assert (total + value) % 11 == 1
        assert person.resident_id[:6] in DIVISIONS


def test_no_name_id_or_phone_belongs_to_two(plan: Plan) -> None:
    for field in ("name", "resident_id", "phone"):
        values = [getattr(person, field) for person in plan.city.people]
        assert len(set(values)) == len(values) == 3000


def test_no_name_stands_in_the_name_of_a_place(plan: Plan) -> None:
    words = [*plan.city.places.words, *(e.name for e in plan.city.places.all_estates())]
    assert not [p.name for p in plan.city.people if any(p.name in word for word in words)]


def test_a_plate_has_neither_i_nor_o() -> None:
    rng = random.Random(1)
    plates = {plate(rng) for _ in range(500)}
    assert all(len(text) == 7 and not set(text) & set("IO") for text in plates)

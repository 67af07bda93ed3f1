"""The soak goes on whatever a scenario does, and says what was not exact."""

import time
from pathlib import Path

import pytest
from faults.stage import Scenario, Stage
from soak import report
from soak.runs import KEPT, Run, run
from soak.tracks import Track
from typing_extensions import override


async def _exact(stage: Stage, seed: int) -> None:
    stage.folder.mkdir(parents=True)
    stage.tally.events += seed


async def _fails(stage: Stage, seed: int) -> None:
    stage.folder.mkdir(parents=True)
    raise AssertionError(f"row 3 of {seed} differs")


class NoBroker(Track):
    """A track whose scenarios need none."""

    mended = 0

    @override
    async def stage(self, folder: Path) -> Stage:
        return Stage(folder, "", "")

    @override
    async def mend(self) -> None:
        self.mended += 1

    @override
    async def close(self) -> None:
        """There is none."""


async def _run(scenario: Scenario, seed: int, folder: Path) -> Run:
    return await run("one", scenario, seed, folder, NoBroker(folder, {}).stage)


def _left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_an_exact_run_leaves_nothing_behind(tmp_path: Path) -> None:
    played = await _run(_exact, 5, tmp_path / "one-5")
    assert (played.error, played.tally.events) == ("", 5)
    assert _left(tmp_path) == []


async def test_a_failed_run_is_told_and_its_folder_stays(tmp_path: Path) -> None:
    played = await _run(_fails, 5, tmp_path / "one-5")
    assert played.error == "AssertionError: row 3 of 5 differs"
    assert "row 3 of 5 differs" in (tmp_path / "one-5" / "failure.txt").read_text("utf-8")


async def test_the_folders_of_the_oldest_failures_go(tmp_path: Path) -> None:
    """A soak that fails all night does not fill the disk."""
    for seed in range(KEPT + 3):
        await _run(_fails, seed, tmp_path / f"one-{seed}")
    assert len(_left(tmp_path)) == KEPT


async def test_behind_a_failure_it_goes_on_round_by_round_with_the_next_seed(
    tmp_path: Path,
) -> None:
    track, told = NoBroker(tmp_path, {"good": _exact, "bad": _fails}), list[Run]()
    await track.play([7, 8], time.monotonic() + 60, told.append)
    found = [(played.scenario, played.seed, bool(played.error)) for played in told]
    assert found == [("good", 7, False), ("bad", 7, True), ("good", 8, False), ("bad", 8, True)]
    assert track.mended == 2


async def test_the_first_round_is_whole_and_no_other_begins_when_the_time_is_over(
    tmp_path: Path,
) -> None:
    track, told = NoBroker(tmp_path, {"good": _exact, "other": _exact}), list[Run]()
    await track.play([7, 8], time.monotonic() - 1, told.append)
    assert [played.seed for played in told] == [7, 7]


@pytest.mark.parametrize("whole", [True, False])
def test_the_page_says_which_seed_was_not_exact(tmp_path: Path, whole: bool) -> None:  # noqa: FBT001 -- a case of the test
    """It is written of a soak of everything only; what machines read, always."""
    (tmp_path / "docs").mkdir()
    good = Run("killed", 7)
    good.tally.events, good.tally.longest_wait = 1_200, 7_300
    report.write([good, Run("killed", 8, error="TimeoutError: not folded")], 3.2, tmp_path,
                 whole=whole)  # fmt: skip
    told = (tmp_path / "build" / "soak.json").read_text("utf-8")
    assert '"seed": 8' in told
    assert (tmp_path / "docs" / "soak.md").exists() == whole
    if whole:
        page = (tmp_path / "docs" / "soak.md").read_text("utf-8")
        assert "| killed | 2 | 7-8 | **1 of 2** | 1,200 | 0 | 0 | 7.3 |" in page
        assert "- killed, seed 8: `TimeoutError: not folded`" in page

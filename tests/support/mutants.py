"""The lane without one of its invariants: what stands in the code, and what a mutant has instead.

Each must make a test of its invariant fail: so it is proven that the tests prove something.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple


class Mutant(NamedTuple):
    """One change. `folder`: where the text stands, in exactly one of its modules."""

    invariant: int
    name: str
    text: str
    instead: str
    folder: str = "streams/lane"

    def find(self, root: Path) -> Path:
        """The module that has the text. Raises LookupError where it is not exactly one, once."""
        place = root / self.folder
        paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
        found = [path for path in paths if self.text in path.read_text("utf-8")]
        if len(found) != 1 or found[0].read_text("utf-8").count(self.text) != 1:
            message = (
                f"the mutant {self.name!r} must find its text once below {self.folder}, it is in "
                f"{[path.name for path in found]}: tests/support/mutants.py names what to change"
            )
            raise LookupError(message)
        return found[0]

    @contextmanager
    def living(self, root: Path) -> Iterator[None]:
        """Within it the tree below `root` has the mutant; a copy, never the checkout."""
        path = self.find(root)
        before = path.read_text("utf-8")
        path.write_text(before.replace(self.text, self.instead), "utf-8")
        try:
            yield
        finally:
            path.write_text(before, "utf-8")


FENCE = "            await self._log.fence(number)\n"
RELEASE = "for number in claimed:\n                    await self._log.release(number)"
COMMIT = "done = await self._log.commit(partition.number, writes, approve)"

MUTANTS = (
    Mutant(1, "takes a partition without a fence", FENCE, ""),
    Mutant(1, "an id of each process's own", "{self.lineage}-{partition}",
           "{self.lineage}-{partition}-{id(self)}", "schemas/naming.py"),
    Mutant(1, "an id without its lineage", "{self.prefix}{self.lineage}-{partition}",
           "{self.prefix}{partition}", "schemas/naming.py"),
    Mutant(1, "does not wait for the claim", "await producer._txn_manager.wait_for_pid()", "pass"),
    Mutant(2, "takes over without giving up first",
           "        generation = await self.quiesce()\n",
           "        generation = self.generation = self.generation + 1\n"),
    Mutant(2, "overtaken while it waits, it goes on", "generation = await self.quiesce()",
           "generation = await self.quiesce() and self.generation"),
    Mutant(2, "restores before it fences", FENCE,
           "            await self._bring_up(number, asyncio.Semaphore(1), is_current)\n" + FENCE),
    Mutant(2, "takes no notice of what hangs",
           "await check_settled(partition.number, self._log, self._topics, is_current)", "pass"),
    Mutant(2, "does not seek", "await seek(self._topics.places(restored))", "pass"),
    Mutant(2, "overtaken, it goes on fencing",
           "            if not is_current():\n                return False\n            claimed",
           "            claimed"),
    Mutant(2, "overtaken, it keeps what it claimed", RELEASE, "pass"),
    Mutant(3, "positions in a transaction of their own", COMMIT,
           COMMIT.replace("writes,", "writes[:-2],") + "\n        "
           + COMMIT.replace("writes,", "writes[-2:],")),
    Mutant(3, "outputs are not in it", "        writes += pending.outs\n", ""),
    Mutant(3, "the journal is not in it",
           'writes.append(Write("journal", None, self._journal(pending.steps)))', "pass"),
    Mutant(3, "two transactions in flight", "if unit.partition not in self._commits:", "if True:"),
    Mutant(3, "what waits is not bounded",
           " or partition.pending.records >= PENDING_RECORDS", ""),
    Mutant(3, "two units of a partition out", "number in self._delivered or ", ""),
    Mutant(4, "goes on after a commit that was cancelled", "except BaseException as error:",
           "except Exception as error:", "streams/lane/lane.py"),
    Mutant(4, "a failed commit ends nothing",
           "            self._fail(error)\n        finally:", "            pass\n        finally:"),
    Mutant(4, "the digest is not compared", 'partition.digest() != positions["state"]', "False"),
    Mutant(4, "a commit that hangs ends nothing", "            if late:\n",
           "            if False:\n"),
    Mutant(5, "the chain of fetches is not checked", "fetched.start != self._next[topic]", "False"),
    Mutant(5, "gaps break the chain", "self._next[topic] = fetched.next",
           "self._next[topic] = [*fetched.records, fetched][-1][0] + 1"),
    Mutant(5, "a unit that goes back is folded", "piece.records[0].offset < start", "False"),
    Mutant(5, "a unit of before a rebalance is folded", "unit.generation != self.generation",
           "unit.generation < 0"),
    Mutant(6, "rows stay when their partition went", "set(self._held) - set(numbers)",
           "set[int]()", "streams/lane/recovery/takeover.py"),
    Mutant(6, "rows that were kept are not brought up", "if await self._restore.bring_up(",
           "if not held and await self._restore.bring_up("),
    Mutant(6, "what is not committed is kept", " if not one.pending.steps and not one.ahead", ""),
    Mutant(7, "restores read what is not committed", '"read_committed"', '"read_uncommitted"',
           "streams/lane/kafka/reader.py"),
    Mutant(7, "the worker reads what is not committed", '"read_committed"', '"read_uncommitted"',
           "streams/lane/faust/thread.py"),
    Mutant(7, "the dashboard reads what is not committed", '"read_committed"',
           '"read_uncommitted"', "dashboard/projection/consumer.py"),
    Mutant(8, "rows on disk before the commit", COMMIT,
           "partition.rows.keep({}, self._clock())\n        " + COMMIT),
    Mutant(8, "positions not in the batch", "self._folder.write(rows, held)",
           "self._folder.write(rows, self._folder.held())"),
    Mutant(8, "what is folded meanwhile goes with it",
           "for (table, key), kept in self._frozen.items())",
           "for (table, key), kept in [*self._frozen.items(), *self._set.items()])"),
    Mutant(8, "a disk of another log is trusted", 'partition.digest() != positions["state"]',
           "False"),
    Mutant(9, "an idle partition writes no journal", " or clock - partition.now >= IDLE_MS", ""),
    Mutant(9, "a commit is awaited for ever", "timeout=self._quiesce_seconds", "timeout=None"),
    Mutant(9, "quiesce outlasts the transaction", "return self.session_timeout / 3",
           "return self.session_timeout", "streams/settings.py"),
    Mutant(10, "the checker looks at no row", 'f"{where}: rows", self.rows(number)',
           'f"{where}: rows", committed or self.rows(number)', "streams/lane/twin"),
    Mutant(10, "the checker looks at no output", "for topic, told in sorted(wanted.items()):",
           "for topic, told in ():", "streams/lane/twin"),
    Mutant(10, "the checker counts no record",
           '_require_equal(f"partition {number}: records folded", folded, said)', "del said",
           "streams/lane/twin"),
)  # fmt: skip

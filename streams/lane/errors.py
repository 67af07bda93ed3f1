"""What ends a worker, and what becomes a dead letter."""

EX_TEMPFAIL = 75
"""Exit code of a worker that its supervisor is to start again, with backoff."""


class LaneError(Exception):
    """The lane cannot go on: the process ends with EX_TEMPFAIL and is started again."""


class FencedError(LaneError):
    """Another worker has taken this partition over: what we had not committed is its to do."""


class ChainBrokenError(LaneError):
    """A batch does not start where the last one ended: something was fetched across a seek."""


class CommitFailedError(LaneError):
    """A transaction did not commit: memory has run ahead of the log and is thrown away."""


class ClockSkewError(LaneError):
    """This machine's clock and the broker's differ by more than the limit: mend the clock (NTP)."""


class DigestMismatchError(LaneError):
    """The rows restored are not the rows that were written.

    What to do: rebuild the lineage by a replay; keep the topics as they are for the inquiry.
    """


class TailGoneError(LaneError):
    """A topic no longer holds all records from where a reader wanted to go on, or ends before.

    Whoever has rows from before rebuilds them from the beginning.
    """


class RowsFolderError(LaneError):
    """The folder of rows on this machine's disk cannot be used: it is full, broken, or in use.

    What to do: make room or mend the disk; let the other worker end. The folder may be deleted.
    """


class PositionsGoneError(LaneError):
    """A partition has a journal or rows, and no positions: its `state` topic was deleted.

    What to do: rebuild the lineage by a replay; keep the topics as they are for the inquiry.
    """


class HangingTransactionError(LaneError):
    """A transaction on a topic of this lineage does not end, although its writer was fenced.

    Its records would become visible with the next commit, and be counted twice. What to do: abort
    it with Kafka's own tool, then start again; let nobody else write to these topics.
    """


class MadeAnewError(LaneError):
    """A topic ends before where this partition has read or written it: it is not the same topic.

    What to do: bring it back from a copy, or fold the sources as a new view version.
    """


class LogTrimmedError(LaneError):
    """Retention has eaten records that were not folded yet.

    What to do: fold what is left as a new view version, and raise the retention.
    """


class CodeChangedError(LaneError):
    """Other code than the journal's would fold differently from here on.

    What to do: start the version that wrote it, or record an epoch (shequ epoch --reason ...).
    """


class RowTooLargeError(LaneError):
    """A row is too large for a topic; the message names table and key."""

"""`shequ worker`, `shequ epoch`, `shequ verify`: the streams app and its proof."""

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ops.settings import Settings
    from ops.verification import Proof


def register(app: typer.Typer) -> None:
    """Add `shequ worker`, `shequ epoch` and `shequ verify`."""
    app.command()(worker)
    app.command()(epoch)
    app.command()(verify)


def worker(
    processes: Annotated[
        int, typer.Option(min=1, max=256, help="So many on this machine, each kept alive.")
    ] = 1,
) -> None:
    """Run a worker of the streams app; start another one anywhere to share the partitions.

    Exit code 75 means: start it again (a supervisor does, and so does --processes). Ctrl-C or
    SIGTERM stops it cleanly.
    """
    from ops import logs, settings
    from ops.errors import SettingError
    from streams.settings import WrongSettingError

    wanted = settings.load()
    logs.configure(wanted.log_format)
    os.environ["SHEQU_BOOTSTRAP"] = _bootstrap(wanted)
    os.environ["SHEQU_HOME"] = str(wanted.home.absolute())
    try:
        if processes > 1:
            raise typer.Exit(_supervise(wanted, processes))
        _run()
    except WrongSettingError as error:
        raise SettingError(str(error)) from None


def _run() -> None:
    from streams import worker as process
    from streams.app import build
    from streams.progress_bar import on_terminal

    process.run(build(progress=on_terminal()))


def _supervise(wanted: "Settings", count: int) -> int:
    """Settings are looked at before any process starts: a wrong one is one message."""
    from ops.processes import Processes, workers
    from streams.settings import load

    told = load()
    as_text = wanted.log_format == "text" or (wanted.log_format == "auto" and sys.stderr.isatty())
    metrics = None if told.metrics_port is None else (told.metrics_host, told.metrics_port)
    started = workers(count, "text" if as_text else "json", metrics)
    return asyncio.run(Processes(started).run())


def _bootstrap(wanted: "Settings") -> str:
    """Where the broker is; that it does not run yet is no fault: the supervisor tries again."""
    from ops import bus
    from ops.broker import BrokerError
    from streams.lane.errors import EX_TEMPFAIL

    try:
        return bus.bootstrap_servers(wanted)
    except BrokerError as error:
        error.exit_code = EX_TEMPFAIL
        raise


def epoch(
    reason: Annotated[str, typer.Option(help="Why other code goes on from here; it is recorded.")],
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Only where the journal was written by other code.")
    ] = False,
) -> None:
    """Record that this version of the code goes on where another one stopped.

    From here on a replay is equal again; across an epoch it is not promised. The other way is
    to start the version that wrote the journal.
    """
    from ops import bus, epochs, settings
    from streams.community_fold import fingerprint

    wanted = settings.load()
    bootstrap = bus.answering_servers(wanted)
    before = asyncio.run(epochs.journal_codes(bootstrap, wanted.names))
    code = fingerprint()
    if if_changed and before <= {code}:
        typer.echo(f"the journal was written by this code ({code})")
        return
    asyncio.run(epochs.record(bootstrap, wanted.names, code, reason))
    typer.echo(f"epoch recorded: {', '.join(sorted(before)) or 'nothing'} -> {code}")


def verify() -> None:
    """Fold all source topics again along the journal; exit code 5 where an answer differs."""
    from ops import bus, settings
    from ops.verification import verify as prove
    from streams.community_fold import CommunityFold

    wanted = settings.load()
    fold = CommunityFold.open(wanted.home)
    proofs = asyncio.run(prove(bus.answering_servers(wanted), wanted.names, fold))
    for proof in proofs:
        _print(proof, fold.code)
    if any(proof.differences for proof in proofs):
        raise typer.Exit(5)
    typer.echo("the replay gave the same answer")


def _print(proof: "Proof", mine: str) -> None:
    typer.echo(
        f"partition {proof.partition}: {proof.journal} journal records, {proof.records} records, "
        f"{proof.rows} rows, {proof.history} events, {proof.crossings} crossings, "
        f"state {proof.state}, outs {proof.outs}"
    )
    if proof.moving:
        typer.echo("  a worker wrote meanwhile: what it wrote was not compared")
    for found in proof.differences:
        typer.echo(
            f"  DIFFERS at seq {found.seq}: {found.what} recorded {found.recorded}, "
            f"replayed {found.replayed}",
            err=True,
        )
        if found.code:
            typer.echo(
                f"  it was written by code {found.code}, this is {mine}: "
                "equality is promised within an epoch, verify with the code that wrote it",
                err=True,
            )

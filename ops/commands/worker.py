"""`shequ worker`, `shequ epoch`, `shequ verify`: the streams app and its proof."""

import asyncio
import os
import sys
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add `shequ worker`, `shequ epoch` and `shequ verify`."""
    app.command()(worker)
    app.command()(epoch)
    app.command()(verify)


def worker() -> None:
    """Run a worker of the streams app; start another one anywhere to share the partitions.

    Exit code 75 means: start it again (a supervisor does). Ctrl-C or SIGTERM stops it cleanly.
    """
    from ops import bus, settings

    wanted = settings.load()
    os.environ["SHEQU_BOOTSTRAP"] = bus.bootstrap_servers(wanted)
    os.environ["SHEQU_HOME"] = str(wanted.home.absolute())
    command = [sys.executable, "-m", "faust", "-A", "streams.app:app", "worker", "-l", "info",
               "--without-web"]  # fmt: skip
    os.execv(sys.executable, command)  # noqa: S606 -- the worker replaces us: signals reach it


def epoch(
    reason: Annotated[str, typer.Option(help="Why other code goes on from here; it is recorded.")],
    if_changed: Annotated[
        bool, typer.Option("--if-changed", help="Only where the journal was written by other code.")
    ] = False,
) -> None:
    """Record that this version of the code goes on where another one stopped.

    From here on a replay is equal again; across an epoch it is not promised. The other way is
    to replay, compare and promote.
    """
    from ops import bus, epochs, settings
    from schemas.naming import Lineage, Names
    from streams.community_fold import fingerprint

    wanted = settings.load()
    names, bootstrap = (
        Names(Lineage(wanted.app, wanted.view_version)),
        bus.bootstrap_servers(wanted),
    )
    before = asyncio.run(epochs.journal_codes(bootstrap, names))
    code = fingerprint()
    if if_changed and before <= {code}:
        typer.echo(f"the journal was written by this code ({code})")
        return
    asyncio.run(epochs.record(bootstrap, names, code, reason))
    typer.echo(f"epoch recorded: {', '.join(sorted(before)) or 'nothing'} -> {code}")


def verify() -> None:
    """Fold all source topics again along the journal; exit code 5 where an answer differs."""
    from ops import bus, settings
    from ops.verification import verify as prove
    from schemas.naming import Lineage, Names
    from streams.community_fold import CommunityFold

    wanted = settings.load()
    names = Names(Lineage(wanted.app, wanted.view_version))
    fold = CommunityFold.open(wanted.home)
    proofs = asyncio.run(prove(bus.bootstrap_servers(wanted), names, fold))
    for proof in proofs:
        typer.echo(
            f"partition {proof.partition}: {proof.journal} journal records, {proof.records} records, "
            f"{proof.rows} rows, state {proof.state}, outs {proof.outs}"
        )
        for found in proof.differences:
            typer.echo(f"  DIFFERS at seq {found.seq}: {found.what} recorded {found.recorded}, "
                       f"replayed {found.replayed}", err=True)  # fmt: skip
    if any(proof.differences for proof in proofs):
        raise typer.Exit(5)
    typer.echo("the replay gave the same answer")

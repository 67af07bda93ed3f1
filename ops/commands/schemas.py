"""`shequ schemas`: the contract with the departments, checked and locked."""

import typer

schemas = typer.Typer(help="Schemas, examples and the lock of their ids.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `shequ schemas`."""
    app.add_typer(schemas, name="schemas")


@schemas.command()
def check() -> None:
    """Say what is wrong with the contract; exit code 6 if anything is."""
    from schemas.catalogue import catalogue
    from schemas.contract import faults

    known = catalogue()
    found = list(faults(known))
    for fault in found:
        typer.echo(fault, err=True)
    if found:
        raise typer.Exit(6)
    typer.echo(f"the contract holds: {len(known.topics)} topics, {len(known.definitions)} schemas")


@schemas.command()
def lock() -> None:
    """Give ids to new and changed schemas; refuse a change that breaks who reads old records."""
    from ops.errors import OperatorError
    from schemas import locking
    from schemas.catalogue import HERE, catalogue
    from schemas.errors import CatalogueError

    known = catalogue()
    try:
        entries = locking.lock(known)
    except CatalogueError as error:
        raise OperatorError(
            f"{error}. Give a new field a default, leave old ones as they are, "
            "or make a new schema (a changed row is a new view version)."
        ) from None
    added = entries[len(known.locked) :]
    for entry in added:
        typer.echo(f"{entry.subject} version {entry.version} is id {entry.id}")
    if not added:
        typer.echo("every schema is locked already")
        return
    locking.write(HERE / "lock.json", entries)

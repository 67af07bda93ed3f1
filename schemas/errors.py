"""What can go wrong with a record on its way in or out of a topic."""


class ContractError(Exception):
    """A record or a file breaks the contract."""


class UnknownSchemaError(ContractError):
    """The schema id in front of a record is not in the lock.

    What to do: upgrade this process, or run `shequ schemas lock` where the schema was changed.
    """

    def __init__(self, schema_id: int) -> None:
        """Remember the id that nobody knows."""
        self.schema_id = schema_id
        super().__init__(
            f"schema id {schema_id} is not in schemas/lock.json: upgrade this process, "
            "or lock the schema where it was changed (shequ schemas lock)"
        )


class UndecodableError(ContractError):
    """The bytes are no Confluent-framed Avro record of their schema."""


class WrongSchemaError(ContractError):
    """A record of one schema stands on the topic of another."""

    def __init__(self, found: str, expected: str) -> None:
        """Remember what was found and what belongs there."""
        self.found = found
        self.expected = expected
        super().__init__(
            f"the record is a {found}, the topic holds {expected}: check the producer's settings"
        )


class UnencodableError(ContractError):
    """A value does not fit its schema; the message names schema and field."""


class CatalogueError(ContractError):
    """A file of the catalogue is wrong; the message names the file and what to mend."""


class KeyDestroyedError(ContractError):
    """The key of this person was destroyed (erasure): what it sealed is gone for good."""


class SealBrokenError(ContractError):
    """A sealed field does not open: wrong key store, or moved from another event."""

"""Logical and physical names of an app's topics, and which table a changelog record is of."""

from schemas.naming import Names
from streams.lane.fold import AnyFold


class TopicMap:
    """The topics of one lineage of an app."""

    def __init__(self, fold: AnyFold, names: Names) -> None:
        self._names = names
        self._physical: dict[str, str] = {}
        self._changelogs = sorted({self.physical(table.topic) for table in fold.tables})
        self._public = {self.physical(t.topic): t.name for t in fold.tables if t.public}
        self.sources = {self.physical(source): source for source in fold.sources}
        """Logical name by physical one, in the app's fixed order."""

    @property
    def lineage(self) -> str:
        """Name of the lineage."""
        return str(self._names.lineage)

    def physical(self, logical: str) -> str:
        """Physical name of a logical topic."""
        name = self._physical.get(logical)
        if name is None:
            name = self._physical[logical] = self._names.physical(logical)
        return name

    def changelogs(self) -> list[str]:
        """Physical topics that hold rows, and `state`, which holds the positions; each once."""
        return sorted({*self._changelogs, self.physical("state")})

    def table_of(self, topic: str, key: str) -> str:
        """Table of a changelog record: a public one has its topic, a private one is in the key."""
        return self._public.get(topic) or key.split("/", 2)[1]

"""Subjects of the schema registry: topics of the catalogue, as Confluent clients name them."""

from collections.abc import Iterator
from functools import cache

from schemas.catalogue import Catalogue, Definition, Locked, Topic, catalogue
from schemas.compatibility import incompatibilities
from schemas.naming import Names
from schemas.sameness import same

SUFFIX = "-value"
LATEST = ("latest", "-1")


class Subjects:
    """Versions by subject, in one installation.

    A subject is listed under the physical topic's name, since that is what a client asks for
    (TopicNameStrategy); it is found under the catalogue's name, too.
    """

    def __init__(self, known: Catalogue, names: Names) -> None:
        """Index the catalogue."""
        self._known = known
        self._versions: dict[str, list[Locked]] = {}
        self._names: list[str] = []
        for topic in known.topics.values():
            found = _versions(known, topic)
            self._versions[f"{topic.name}{SUFFIX}"] = found
            self._names.append(f"{names.topic(topic)}{SUFFIX}")
            self._versions[self._names[-1]] = found

    def names(self) -> list[str]:
        """All subjects, sorted."""
        return sorted(self._names)

    def versions(self, subject: str) -> list[Locked]:
        """Oldest first; empty where there is no such subject."""
        return self._versions.get(subject, [])

    def version(self, subject: str, number: str) -> Locked | None:
        """One version by number, or the newest."""
        for entry in reversed(self.versions(subject)):
            if number in {*LATEST, str(entry.version)}:
                return entry
        return None

    def the_same(self, subject: str, text: Definition) -> Locked | None:
        """The newest version that is the same schema as the text."""
        found = (entry for entry in reversed(self.versions(subject)) if same(entry.schema, text))
        return next(found, None)

    def by_id(self, number: int) -> Locked | None:
        """What an id stands for."""
        return next((entry for entry in self._known.locked if entry.id == number), None)

    def of_id(self, number: int) -> Iterator[tuple[str, int]]:
        """Subjects and versions that have an id."""
        for subject in self.names():
            for entry in self.versions(subject):
                if entry.id == number:
                    yield subject, entry.version

    def faults(self, subject: str, text: Definition) -> list[str]:
        """Why a text could not follow all versions (BACKWARD_TRANSITIVE); empty where it could."""
        return [
            f"version {entry.version}: {fault}"
            for entry in self.versions(subject)
            for fault in incompatibilities(text, entry.schema)
        ]


@cache
def subjects(names: Names) -> Subjects:
    """Those of the catalogue that ships with this code."""
    return Subjects(catalogue(), names)


def _versions(known: Catalogue, topic: Topic) -> list[Locked]:
    found = (entry for entry in known.locked if entry.subject == topic.schema)
    return sorted(found, key=lambda entry: entry.version)

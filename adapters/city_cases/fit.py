"""Makes the adapter read another city's export where a mapping file is set."""

from dataclasses import replace
from functools import partial

from adapters.city_cases.mapped import Mapped
from adapters.city_cases.mapping_file import DELIMITERS, MappingFile
from adapters.city_cases.settings import CityCasesSettings
from adapters.kit import yaml_file
from adapters.kit.adapter import Adapter, Marks
from adapters.kit.files import FileSource
from adapters.kit.inbox import SUFFIXES, Inbox
from adapters.kit.versions import Rule


def fit(
    adapter: Adapter[CityCasesSettings], settings: CityCasesSettings
) -> Adapter[CityCasesSettings]:
    """The adapter as it is, or by the mapping file. Raises WrongSettingError about that file."""
    if settings.mapping is None:
        return adapter
    file = yaml_file.load(settings.mapping, MappingFile)
    mapped = Mapped(file)
    return replace(
        adapter,
        title=file.title,
        rule=Rule.EXPORT_SEQUENCE if file.updated is None else Rule.UPDATE_TIME,
        open_source=partial(_open_source, file),
        identify=mapped.identify,
        map_row=mapped.map_row,
        plain=file.plain,
        read=frozenset(file.columns),
        fit=None,
    )


def _open_source(file: MappingFile, settings: CityCasesSettings, marks: Marks) -> FileSource:
    """Read the inbox from where the marks say, in the mapping file's form."""
    inbox = Inbox(
        settings.inbox,
        name=file.files.pattern,
        settle=settings.settle_seconds,
        marks=marks,
        suffixes=SUFFIXES | {".tsv"} if file.files.delimiter == "tab" else SUFFIXES,
    )
    return FileSource(
        inbox,
        columns=file.columns,
        named_like=file.files.named,
        chunk=settings.chunk_rows,
        give_up=settings.give_up_seconds,
        poll=settings.poll_seconds,
        delimiter=DELIMITERS[file.files.delimiter],
    )

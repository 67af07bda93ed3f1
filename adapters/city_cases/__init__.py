"""Cases of digital city management 数字城管, from the files that it exports."""

from adapters.city_cases.fit import fit
from adapters.city_cases.mapping import COLUMNS, PLAIN, identify, map_row
from adapters.city_cases.settings import CityCasesSettings
from adapters.city_cases.source import open_source
from adapters.kit.adapter import Adapter, FolderInput
from adapters.kit.versions import Rule

ADAPTER = Adapter(
    name="city_cases",
    title="数字城管案件",
    topic="city.cases",
    schema="shequ.city.Case",
    rule=Rule.EXPORT_SEQUENCE,
    settings=CityCasesSettings,
    open_source=open_source,
    identify=identify,
    map_row=map_row,
    plain=PLAIN,
    read=frozenset(COLUMNS),
    folder=FolderInput("inbox", {"settle_seconds": 0.0, "give_up_seconds": 0.0}),
    fit=fit,
)

"""Permits and other service items 政务服务事项, from the webhooks of the acceptance platform."""

from adapters.kit.adapter import Adapter, FolderInput
from adapters.kit.versions import Rule
from adapters.permits.mapping import FIELDS, PLAIN, identify, map_row
from adapters.permits.settings import PermitsSettings
from adapters.permits.source import open_source

ADAPTER = Adapter(
    name="permits",
    title="政务服务统一受理",
    topic="permits.applications",
    schema="shequ.permits.Application",
    rule=Rule.UPDATE_TIME,
    settings=PermitsSettings,
    open_source=open_source,
    identify=identify,
    map_row=map_row,
    plain=PLAIN,
    read=FIELDS,
    folder=FolderInput("captured", {}),
    pushed=True,
)

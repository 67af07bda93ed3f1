"""Police incidents 警情 and referrals to communities, from the police's paged interface."""

from adapters.kit.adapter import Adapter
from adapters.kit.versions import Rule
from adapters.police_incidents.mapping import FIELDS, PLAIN, identify, map_row
from adapters.police_incidents.settings import PoliceIncidentsSettings
from adapters.police_incidents.source import open_source

ADAPTER = Adapter(
    name="police_incidents",
    title="公安警情",
    topic="police.incidents",
    schema="shequ.police.Incident",
    rule=Rule.UPDATE_TIME,
    settings=PoliceIncidentsSettings,
    open_source=open_source,
    identify=identify,
    map_row=map_row,
    plain=PLAIN,
    read=FIELDS,
)

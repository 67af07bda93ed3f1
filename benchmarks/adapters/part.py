"""How fast each way in is, beside a bare loop that reads the same and produces it raw."""

from datetime import timedelta
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from benchmarks import hub
from benchmarks.adapters import pulled, pushed
from benchmarks.adapters.bare import producing
from benchmarks.adapters.stage import Stage, compare
from benchmarks.report import Report
from ops.broker import EmbeddedBroker
from ops.demo.city import environment
from ops.simulator import own_cases
from ops.simulator.settings import Dirt, china_today
from ops.simulator.settings import Settings as CitySettings
from ops.simulator.simulation import Simulation
from schemas.codec import Codec
from schemas.naming import Names

PREFIX = "bench-adapters."
PEOPLE = 20_000
RATE = 500.0
"""Incidents, and cases, of a thousand people on the day."""
INTAKE = "intake.city.cases"


async def measure(report: Report, broker: EmbeddedBroker, home: Path, scale: float) -> None:
    """One clean day of a busy city through each adapter."""
    names = Names(prefix=PREFIX)
    await hub.prepare(broker.bootstrap, names)
    settings = CitySettings(
        start=china_today() - timedelta(days=1), days=1, people=int(PEOPLE * scale),
        incidents_per_thousand=RATE, cases_per_thousand=RATE, permits_per_thousand=RATE / 2,
        registered=True, exports_per_day=1, clustered=0.0,
    )  # fmt: skip
    city = Simulation(home / "city", settings, Dirt.none())
    async with city.served() as police:
        await city.run_day(0)
        stage = Stage(broker.bootstrap, names, home, city, _environment(broker, home, city, police))
        await _make_raw(stage)
        await _measure(report, stage, police)


def _environment(
    broker: EmbeddedBroker, home: Path, city: Simulation, police: str
) -> dict[str, str]:
    place = hub.place_of(home, broker.bootstrap, police)
    return {
        **environment(place),
        "SHEQU_TOPIC_PREFIX": PREFIX,
        "SHEQU_CITY_CASES__SETTLE_SECONDS": "0",
        "SHEQU_HOUSEHOLD_REGISTRATION__URL": city.database.url,
    }


async def _make_raw(stage: Stage) -> None:
    """The bare loops' topic, with as many partitions as a source has."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stage.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(stage.raw, 4, 1)])
    finally:
        await admin.close()


async def _measure(report: Report, stage: Stage, police: str) -> None:
    city, stated = stage.city, stage.names.physical(INTAKE)
    inbox, register = city.cases.inbox, city.database.url
    await compare(report, stage, "city_cases", "city.cases",
                  lambda send: pulled.files(inbox, send))  # fmt: skip
    await compare(report, stage, "police_incidents", "police.incidents",
                  lambda send: pulled.pages(police, send))  # fmt: skip
    await compare(report, stage, "household_registration", "household.moves",
                  lambda send: pulled.table(register, send))  # fmt: skip
    await pushed.measure(report, stage)
    await _state(stage.bootstrap, stated, city)
    await compare(report, stage, "kafka_intake", "city.cases",
                  lambda send: pulled.topic(stage.bootstrap, stated, send))  # fmt: skip


async def _state(bootstrap: str, topic: str, city: Simulation) -> None:
    """The city's cases once more, as a department's own producer states them."""
    codec = Codec()
    async with producing(bootstrap) as producer:
        for change in city.plan.day(0):
            if change.record.system == "city":
                stated = own_cases.value(change.record, change.state, city.clock)
                value = codec.encode("shequ.intake.city.Case", stated)
                await producer.send(topic, value, key=change.record.record_id.encode())
        await producer.flush()

"""What departments produce to Kafka themselves: checked, sealed, forwarded to the source topic."""

from dataclasses import dataclass

from typing_extensions import override

from adapters.kafka_intake.mapping import identify, map_row
from adapters.kafka_intake.settings import KafkaIntakeSettings
from adapters.kafka_intake.source import TOPIC, open_source
from adapters.kit.adapter import Adapter
from adapters.kit.versions import Rule
from schemas.intake import PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake(Adapter[KafkaIntakeSettings]):
    """Reads one `intake.` topic, which is one department's."""

    @override
    def source_name(self, city: str) -> str:
        """City and topic: two departments that produce themselves may use the same numbers."""
        return f"{city}.{PREFIX}{self.topic}"


ADAPTER = Intake(
    name="kafka_intake",
    title="部门自行推送（Kafka）",
    topic=TOPIC,
    schema="shequ.city.Case",
    rule=Rule.UPDATE_TIME,
    settings=KafkaIntakeSettings,
    open_source=open_source,
    identify=identify,
    map_row=map_row,
)

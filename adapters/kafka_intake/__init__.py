"""What departments produce to Kafka themselves: checked, sealed, forwarded to the source topic."""

from dataclasses import dataclass
from functools import partial

from typing_extensions import override

from adapters.kafka_intake import mapping_cases, mapping_moves
from adapters.kafka_intake.settings import KafkaIntakeMovesSettings, KafkaIntakeSettings
from adapters.kafka_intake.source import open_source
from adapters.kafka_intake.stated import identify
from adapters.kit.adapter import Adapter
from adapters.kit.versions import Rule
from schemas.intake import PREFIX

CASES, MOVES = "city.cases", "household.moves"
"""Where records go; they come from `intake.` and the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake(Adapter[KafkaIntakeSettings]):
    """Reads one `intake.` topic, which is one department's."""

    @override
    def source_name(self, city: str) -> str:
        """City and topic: two departments that produce themselves may use the same numbers."""
        return f"{city}.{PREFIX}{self.topic}"


ADAPTER = Intake(
    name="kafka_intake",
    title="部门自行推送城管案件（Kafka）",
    topic=CASES,
    schema="shequ.city.Case",
    rule=Rule.UPDATE_TIME,
    settings=KafkaIntakeSettings,
    open_source=partial(open_source, CASES),
    identify=identify,
    map_row=mapping_cases.map_row,
    from_bus=True,
)

ADAPTER_MOVES = Intake(
    name="kafka_intake_moves",
    title="部门自行推送户籍变动（Kafka）",
    topic=MOVES,
    schema="shequ.household.Move",
    rule=Rule.UPDATE_TIME,
    settings=KafkaIntakeMovesSettings,
    open_source=partial(open_source, MOVES),
    identify=identify,
    map_row=mapping_moves.map_row,
    from_bus=True,
)

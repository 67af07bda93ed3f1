"""The city-management adapter does what every adapter does, also by a mapping file."""

from pathlib import Path

import adapters
from adapters.city_cases import ADAPTER
from adapters.kit.conformance import suite

MAPPING = Path(adapters.__file__).parent / "city_cases" / "mappings" / "boston.yaml"

TestBoston = suite(ADAPTER.fitted(ADAPTER.settings.model_construct(mapping=MAPPING)), "boston")

"""All scenarios of faults, by the name that a report shows."""

from faults.brokers import BROKERS
from faults.killed import KILLED
from faults.network import NETWORK
from faults.stage import Scenario


def _named(*scenarios: Scenario) -> dict[str, Scenario]:
    return {getattr(one, "__name__", "").replace("_", " "): one for one in scenarios}


ON_ONE_BROKER = _named(*KILLED)
"""They break the workers; any broker will do."""
ON_THREE_BROKERS = _named(*BROKERS, *NETWORK)
"""They break the brokers: the stage needs a cluster."""

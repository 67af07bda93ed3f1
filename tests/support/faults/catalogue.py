"""All scenarios of faults, by the name that a report shows."""

from faults.asleep import ASLEEP
from faults.brokers import BROKERS
from faults.clocks import CLOCKS
from faults.defects import DEFECTS
from faults.forgetting import FORGETTING, FORGETTING_ALONE, FORGETTING_SLOWLY
from faults.joining import JOINING
from faults.killed import KILLED
from faults.network import NETWORK
from faults.outage import OUTAGE
from faults.stage import Scenario
from faults.storage import STORAGE_ALONE, STORAGE_ON_THREE


def _named(*scenarios: Scenario) -> dict[str, Scenario]:
    return {getattr(one, "__name__", "").replace("_", " "): one for one in scenarios}


ON_ONE_BROKER = _named(*KILLED, *ASLEEP, *JOINING, *CLOCKS, *DEFECTS, *OUTAGE)
"""They break the workers; any broker will do."""
ON_THREE_BROKERS = _named(*BROKERS, *NETWORK, *STORAGE_ON_THREE, *FORGETTING)
"""They break the brokers: the stage needs a cluster."""
ON_ITS_OWN_BROKER = _named(*STORAGE_ALONE, *FORGETTING_ALONE)
"""Each starts a broker that suits it; what broker the stage has does not matter."""
SLOWLY = _named(*FORGETTING_SLOWLY)
"""The same, a minute long and more: for the soak alone."""

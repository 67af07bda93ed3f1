"""Reading topics whole, as verify, lists and epochs do."""

import pytest

from ops.errors import OperatorError
from ops.reading import reader


async def test_a_topic_that_is_not_there_is_named_at_once(bootstrap: str, topic_name: str) -> None:
    """A consumer would ask for it again and again, and say nothing that helps."""
    with pytest.raises(OperatorError, match=rf"no topic {topic_name}: `shequ topics apply`"):
        async with reader(bootstrap, [topic_name]):
            pass

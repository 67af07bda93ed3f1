"""When is a broker ready? When it answers a client, not when its port opens."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from ops.broker import ports


async def answers(port: int, cluster_id: str) -> bool:
    """Whether a Kafka client gets an answer on this loopback port that names a live node.

    The node has to be of our cluster: another Kafka may have taken the port.
    """
    if not ports.is_answered(port):  # the client would log an error for each refused connection
        return False
    client = AIOKafkaAdminClient(bootstrap_servers=f"{ports.HOST}:{port}", request_timeout_ms=2_000)
    try:
        await client.start()
        cluster = await client.describe_cluster()
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await client.close()
    return bool(cluster["brokers"]) and cluster["cluster_id"] == cluster_id

package shequ.peers;

import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** What the bench says in the environment; each has the name that the message gives. */
record Settings(
    String bootstrap,
    String source,
    String application,
    String guarantee,
    int threads,
    int commitMs,
    boolean persistent,
    String folder) {

  private static final long CACHE_BYTES = 64L * 1024 * 1024;

  static Settings load() {
    return new Settings(
        wanted("PEER_BOOTSTRAP"),
        wanted("PEER_SOURCE"),
        wanted("PEER_NAME"),
        wanted("PEER_GUARANTEE"),
        Integer.parseInt(wanted("PEER_THREADS")),
        Integer.parseInt(wanted("PEER_COMMIT_MS")),
        "disk".equals(wanted("PEER_STORE")),
        wanted("PEER_FOLDER"));
  }

  private static String wanted(String name) {
    String value = System.getenv(name);
    if (value == null) {
      throw new IllegalArgumentException("set " + name + ": the bench does, see kafka_streams.py");
    }
    return value;
  }

  /** As a user would tune it for speed: a cache that holds the hot rows, batches that are full. */
  Properties properties() {
    Properties found = new Properties();
    found.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    found.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    found.put(StreamsConfig.STATE_DIR_CONFIG, folder);
    found.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    found.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
    found.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitMs);
    found.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    found.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
    found.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 128 * 1024);
    return found;
  }
}

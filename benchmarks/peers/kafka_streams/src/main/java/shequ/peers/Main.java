package shequ.peers;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import shequ.bench.CaseRow;
import shequ.bench.Event;
import shequ.bench.SummaryRow;

/** The thin fold on Kafka Streams; runs until SIGTERM, and commits before it ends. */
public final class Main {
  private static final int EVENT_ID = 900_001;
  private static final int CASE_ID = 900_002;
  private static final int SUMMARY_ID = 900_003;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private Main() {}

  public static void main(String[] args) throws InterruptedException {
    Settings settings = Settings.load();
    KafkaStreams streams = new KafkaStreams(topology(settings), settings.properties());
    CountDownLatch ended = new CountDownLatch(1);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          ended.countDown();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(PATIENCE)));
    streams.start();
    ended.await();
    System.exit(1);
  }

  private static Topology topology(Settings settings) {
    StreamsBuilder builder = new StreamsBuilder();
    Framed<CaseRow> cases = new Framed<>(CaseRow.getClassSchema(), CASE_ID);
    Framed<SummaryRow> summary = new Framed<>(SummaryRow.getClassSchema(), SUMMARY_ID);
    builder.addStateStore(store(settings, FoldProcessor.CASES, cases));
    builder.addStateStore(store(settings, FoldProcessor.SUMMARY, summary));
    Framed<Event> events = new Framed<>(Event.getClassSchema(), EVENT_ID);
    builder.stream(settings.source(), Consumed.with(Serdes.String(), events))
        .process(FoldProcessor::new, FoldProcessor.CASES, FoldProcessor.SUMMARY);
    return builder.build();
  }

  private static <T extends SpecificRecord> StoreBuilder<KeyValueStore<String, T>> store(
      Settings settings, String name, Framed<T> rows) {
    KeyValueBytesStoreSupplier kept =
        settings.persistent()
            ? Stores.persistentKeyValueStore(name)
            : Stores.inMemoryKeyValueStore(name);
    return Stores.keyValueStoreBuilder(kept, Serdes.String(), rows).withCachingEnabled();
  }
}

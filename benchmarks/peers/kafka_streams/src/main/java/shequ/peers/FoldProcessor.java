package shequ.peers;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import shequ.bench.CaseRow;
import shequ.bench.Event;
import shequ.bench.SummaryRow;

/** Folds events into the two stores, whose changelogs are the views. */
final class FoldProcessor implements Processor<String, Event, Void, Void> {
  static final String CASES = "cases";
  static final String SUMMARY = "summary";

  private KeyValueStore<String, CaseRow> cases;
  private KeyValueStore<String, SummaryRow> summary;

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    cases = context.getStateStore(CASES);
    summary = context.getStateStore(SUMMARY);
  }

  @Override
  public void process(Record<String, Event> record) {
    Event event = record.value();
    String key = ThinFold.caseKey(event);
    String code = event.getCommunity();
    CaseRow before = cases.get(key);
    CaseRow after = ThinFold.foldCase(event, before);
    cases.put(key, after);
    summary.put(code, ThinFold.foldSummary(event, before, after, summary.get(code)));
  }
}

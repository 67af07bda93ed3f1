package shequ.peers;

import java.nio.ByteBuffer;
import java.util.Arrays;
import shequ.bench.CaseRow;
import shequ.bench.Event;
import shequ.bench.SummaryRow;

/** The thin fold, pure: see README.md beside the schemas, and thin.py, which says the same. */
final class ThinFold {
  private static final int SEVERE = 4;

  private ThinFold() {}

  static String caseKey(Event event) {
    return event.getCommunity() + "/" + event.getRecordId();
  }

  /** The case's row after an event; `before` is null for a case never seen. */
  static CaseRow foldCase(Event event, CaseRow before) {
    long seen = before == null ? 1 : before.getSeen() + 1;
    if (isStale(event, before)) {
      return CaseRow.newBuilder(before).setSeen(seen).build();
    }
    return new CaseRow(
        event.getSource(),
        event.getRecordId(),
        event.getVersion().getOrder(),
        event.getVersion().getHash(),
        event.getOccurredAt(),
        event.getReportedAt(),
        event.getCommunity(),
        event.getCategory(),
        event.getKind(),
        event.getAsset(),
        event.getStage(),
        event.getStatus(),
        event.getClosedAt(),
        event.getDepartment(),
        event.getChannel(),
        event.getSeverity(),
        event.getPlace().getUnit(),
        event.getPlace().getText(),
        event.getPlace().getLon(),
        event.getPlace().getLat(),
        event.getSummary(),
        event.getPerson(),
        seen);
  }

  /** The community's row after an event; `row` is changed and given back, null for a new one. */
  static SummaryRow foldSummary(Event event, CaseRow before, CaseRow after, SummaryRow row) {
    SummaryRow counts = row == null ? empty(event.getCommunity()) : row;
    counts.setEventsTotal(counts.getEventsTotal() + 1);
    counts.setLastOccurredAt(Math.max(counts.getLastOccurredAt(), event.getOccurredAt()));
    if (isStale(event, before)) {
      counts.setStaleTotal(counts.getStaleTotal() + 1);
    }
    if (before == null) {
      counts.setCasesTotal(counts.getCasesTotal() + 1);
    } else {
      add(counts, before, -1);
    }
    add(counts, after, 1);
    return counts;
  }

  private static boolean isStale(Event event, CaseRow before) {
    if (before == null) {
      return false;
    }
    int order = Long.compare(before.getOrder(), event.getVersion().getOrder());
    return order > 0 || order == 0 && isGreater(before.getHash(), event.getVersion().getHash());
  }

  private static boolean isGreater(ByteBuffer one, ByteBuffer other) {
    return Arrays.compareUnsigned(one.array(), other.array()) > 0;
  }

  private static SummaryRow empty(String code) {
    return new SummaryRow(code, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
  }

  private static void add(SummaryRow counts, CaseRow row, int sign) {
    boolean open = "open".equals(row.getStatus());
    switch (row.getStatus()) {
      case "open" -> counts.setCasesOpen(counts.getCasesOpen() + sign);
      case "closed" -> counts.setCasesClosed(counts.getCasesClosed() + sign);
      default -> counts.setCasesVoid(counts.getCasesVoid() + sign);
    }
    if ("component".equals(row.getCategory())) {
      counts.setComponentsTotal(counts.getComponentsTotal() + sign);
    }
    if (open && row.getSeverity() >= SEVERE) {
      counts.setSevereOpen(counts.getSevereOpen() + sign);
    }
  }
}

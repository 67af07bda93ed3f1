"""The thin fold: what every peer computes, pure, on the standard library and fastavro alone.

An event makes one upsert of its case's row and one of its community's summary row. The version
with the greater (order, hash) is in force; an equal one replaces it, an older one is counted.
Every event is counted in both rows, so that one left out or folded twice is seen.
"""

import json
import struct
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from fastavro import schemaless_reader, schemaless_writer
from fastavro.schema import parse_schema
from fastavro.types import Schema

Fields = dict[str, Any]
"""A record or a row. Rows are frozen: a change makes a new one."""

AVRO = Path(__file__).parent / "avro"
EVENT_ID, CASE_ID, SUMMARY_ID = 900_001, 900_002, 900_003
"""Schema ids of the frame; no registry is asked."""
SEVERE = 4
_HEAD = struct.Struct(">bI")


def definition(name: str) -> Fields:
    """Text of a schema: Event, CaseRow or SummaryRow."""
    return cast("Fields", json.loads((AVRO / f"{name}.avsc").read_text("utf-8")))


class Shape:
    """Bytes of one schema: 0x00, a 4-byte id, Avro by fastavro."""

    def __init__(self, name: str, number: int) -> None:
        self.name, self.number = name, number
        self.schema: Schema = parse_schema(definition(name))
        self.head = _HEAD.pack(0, number)

    def encode(self, fields: Fields) -> bytes:
        """Framed bytes."""
        out = BytesIO()
        out.write(self.head)
        schemaless_writer(out, self.schema, fields)
        return out.getvalue()

    def decode(self, data: bytes) -> Fields:
        """Fields of framed bytes. Raises ValueError at another frame."""
        body = BytesIO(data)
        if body.read(_HEAD.size) != self.head:
            raise ValueError(f"frame {data[: _HEAD.size].hex()}, expected {self.head.hex()}")
        return cast("Fields", schemaless_reader(body, self.schema, None))


EVENT = Shape("Event", EVENT_ID)
CASE = Shape("CaseRow", CASE_ID)
SUMMARY = Shape("SummaryRow", SUMMARY_ID)


def case_key(event: Fields) -> str:
    """`<community>/<record id>`."""
    return f"{event['community']}/{event['record_id']}"


def folded(event: Fields, case: Fields | None, summary: Fields | None) -> tuple[Fields, Fields]:
    """Rows of the event's case and community, as they stand after it."""
    before = summary or _empty(event["community"])
    if case is not None and _is_newer(case, event):
        kept = {**case, "seen": case["seen"] + 1}
        return kept, _counted(before, event, case, kept, stale=1)
    row = _row(event, 1 if case is None else case["seen"] + 1)
    return row, _counted(before, event, case, row, stale=0)


def _is_newer(case: Fields, event: Fields) -> bool:
    version = event["version"]
    return (case["order"], case["hash"]) > (version["order"], version["hash"])


def _row(event: Fields, seen: int) -> Fields:
    version, place = event["version"], event["place"]
    return {
        "source": event["source"],
        "record_id": event["record_id"],
        "order": version["order"],
        "hash": version["hash"],
        "occurred_at": event["occurred_at"],
        "reported_at": event["reported_at"],
        "code": event["community"],
        "category": event["category"],
        "kind": event["kind"],
        "asset": event["asset"],
        "stage": event["stage"],
        "status": event["status"],
        "closed_at": event["closed_at"],
        "department": event["department"],
        "channel": event["channel"],
        "severity": event["severity"],
        "unit": place["unit"],
        "place_text": place["text"],
        "lon": place["lon"],
        "lat": place["lat"],
        "summary": event["summary"],
        "person": event["person"],
        "seen": seen,
    }


def _empty(code: str) -> Fields:
    return {
        "code": code,
        "events_total": 0,
        "cases_total": 0,
        "cases_open": 0,
        "cases_closed": 0,
        "cases_void": 0,
        "components_total": 0,
        "severe_open": 0,
        "stale_total": 0,
        "last_occurred_at": 0,
    }


def _counted(
    summary: Fields, event: Fields, before: Fields | None, after: Fields, *, stale: int
) -> Fields:
    """The summary with one event more; its case stood as `before`, and stands as `after`."""
    counts = {
        **summary,
        "events_total": summary["events_total"] + 1,
        "stale_total": summary["stale_total"] + stale,
        "last_occurred_at": max(summary["last_occurred_at"], event["occurred_at"]),
    }
    if before is None:
        counts["cases_total"] += 1
    else:
        _add(counts, before, -1)
    _add(counts, after, 1)
    return counts


def _add(counts: Fields, case: Fields, sign: int) -> None:
    status = case["status"]
    counts[f"cases_{status}"] += sign
    if case["category"] == "component":
        counts["components_total"] += sign
    if status == "open" and case["severity"] >= SEVERE:
        counts["severe_open"] += sign

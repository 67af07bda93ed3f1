import type { findings as chinese } from "./findings.zh";

/** What adapters and the hub found wrong, by rule, and what to do. */
export const findings: Record<keyof typeof chinese, string> = {
  "finding.field.missing": "A required field is empty: the source should fill it in and send again",
  "finding.field.contradicts": "Two fields contradict each other: the source corrects it and sends it again",
  "finding.time.unreadable": "A time can't be read: the source should correct it and send again",
  "finding.code.unknown_kind":
    "The kind is in no list: correct the code, or add it to the crosswalk",
  "finding.code.unknown_state": "The state can't be read: the source should correct it",
  "finding.row.unreadable": "The row can't be read: export it again",
  "finding.file.broken": "The file is not whole or wrongly named: export it under a new number",
  "finding.file.columns": "Agreed columns are missing: export with them again",
  "finding.record.undecodable": "The record can't be decoded: check the program that wrote it",
  "finding.record.shape": "The record has another shape: check the version of its writer",
  "finding.record.code": "The record names no community code: check the program that wrote it",
  "finding.handler.raised": "Handling it failed: see the log and report it",
  "finding.command.task": "The task of the command does not exist: check the code, send again",
  "finding.command.too_long": "The reason or target is too long: shorten it, send again",
  "finding.list.part": "A part of a list is wrong: publish the list again",
  "finding.list.order": "A part before it is missing: publish the whole list again",
  "finding.list.body": "The list has a wrong form: correct and publish it again",
  "finding.control.kind": "The control record is not known: check it",
  "finding.crossing.kind": "A message is from a newer version: upgrade the program",
  "finding.source.away": "The source does not answer; trying again",
  "finding.source.drifts": "The source changes while its pages are read; reading again",
  "finding.source.refuses": "The source refuses access: check the key",
  "finding.source.mostly_bad":
    "Too much of what came is bad, so reading stopped: check the source, then restart the adapter",
  "finding.inbox.away": "The inbox folder is away; trying again: check the mount",
  "finding.receiver.address": "The address to listen on is taken or not this machine's; stopped: set another one and restart",
  "finding.broker.away": "The message bus is away; trying again: check it",
  "finding.broker.refuses": "The message bus refuses to take records: check the rights",
  "finding.checkpoint.unwritable": "The checkpoint can't be written: check the disk",
  "finding.checkpoint.held": "Another adapter already runs: stop one of the two",
  "finding.checkpoint.foreign": "The checkpoint belongs to another source: check the settings",
  "finding.topic.replaced": "The topic was made anew: check it, then restart the adapter",
  "finding.gazetteer.wrong": "The gazetteer is wrong: correct it",
};

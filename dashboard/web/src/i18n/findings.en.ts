import type { findings as chinese } from "./findings.zh";

/** What adapters and the hub found wrong, by rule, and what to do. */
export const findings: Record<keyof typeof chinese, string> = {
  "finding.field.missing": "A required field is empty: the source should fill it in and send again",
  "finding.field.contradicts":
    "Two fields contradict each other: the source corrects it and sends it again",
  "finding.field.unusable":
    "A field has a value that cannot be meant: the source corrects it and sends it again",
  "finding.text.unreadable":
    "A text lost characters on the way: the source checks its encoding and sends it again",
  "finding.time.unreadable": "A time can't be read: the source should correct it and send again",
  "finding.code.unknown_kind":
    "The kind is in no list: correct the code, or add it to the crosswalk",
  "finding.code.unknown_state": "The state can't be read: the source should correct it",
  "finding.code.unknown_value":
    "A code of a person stands in no list: correct it, or add it from the standard",
  "finding.id.check_digit":
    "A citizen's number is wrong in its check character, date or length: correct it, or leave it empty",
  "finding.row.unreadable": "The row can't be read: export it again",
  "finding.row.gone":
    "The source deleted a row, what is known stays: send the change that ends it, if it has ended",
  "finding.row.too_large": "The record is too large for a message: shorten its texts",
  "finding.file.broken": "The file is not whole, not readable or wrongly named: export it anew",
  "finding.file.columns": "Agreed columns are missing: export with them again",
  "finding.intake.expired":
    "Records grew too old before they were read: the department sends them again; keep the intake running",
  "finding.record.undecodable": "The record can't be decoded: check the program that wrote it",
  "finding.record.shape": "The record has another shape: check the version of its writer",
  "finding.record.code": "The record names no community code: check the program that wrote it",
  "finding.record.moved": "A move names no direction or no other unit: correct its producer",
  "finding.record.key": "The message's key is not its community: correct its producer",
  "finding.move.status": "The state of a registration is not known: correct its producer",
  "finding.permit.status": "The state of an application is not known: correct its producer",
  "finding.permit.act": "What the community should do is not known: correct its producer",
  "finding.proof.prohibited":
    "A proof that communities must not issue: the community was not asked; the department asks whom the list names",
  "finding.handler.raised": "Handling it failed: see the log and report it",
  "finding.command.task": "The task of the command does not exist: check the code, send again",
  "finding.command.too_long": "The reason or target is too long: shorten it, send again",
  "finding.list.name": "The list's name is not known: publish the lists again",
  "finding.list.part": "A part of a list is wrong: publish the list again",
  "finding.list.order": "A part before it is missing: publish the whole list again",
  "finding.list.body": "The list has a wrong form: correct and publish it again",
  "finding.control.kind": "The control record is not known: check it",
  "finding.crossing.body":
    "A message between units has a wrong form: upgrade the program, check who may write",
  "finding.crossing.kind": "A message is from a newer version: upgrade the program",
  "finding.source.away": "The source does not answer; trying again",
  "finding.source.drifts": "The source changes while its pages are read; reading again",
  "finding.source.refuses": "The source refuses access: check the key",
  "finding.source.columns":
    "The agreed table or columns are not there, so reading stopped: put them back, or set a view; restart",
  "finding.source.mostly_bad":
    "Too much of what came is bad, so reading stopped: check the source, then restart the adapter",
  "finding.inbox.away": "The inbox folder is away; trying again: check the mount",
  "finding.receiver.address":
    "The address to listen on is taken or not this machine's; stopped: set another one and restart",
  "finding.broker.away": "The message bus is away; trying again: check it",
  "finding.broker.codec":
    "Records are compressed in a way that can't be unpacked here: install the missing library, restart",
  "finding.broker.refuses": "The message bus refuses to take records: check the rights",
  "finding.checkpoint.unwritable": "The checkpoint can't be written: check the disk",
  "finding.checkpoint.held": "Another adapter already runs: stop one of the two",
  "finding.checkpoint.foreign": "The checkpoint belongs to another source: check the settings",
  "finding.topic.replaced": "The topic was made anew: check it, then restart the adapter",
  "finding.gazetteer.wrong": "The gazetteer is wrong: correct it",
};

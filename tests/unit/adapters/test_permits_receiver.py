"""The permits' door: who is let in, what each webhook is answered, and when."""

import asyncio
import base64
import contextlib
import gzip
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from standardwebhooks import Webhook

from adapters.kit.errors import HaltError
from adapters.permits.crowd import FILES_KEPT
from adapters.permits.settings import PermitsSettings
from adapters.permits.signature import sign
from adapters.permits.source import listening
from schemas.codec import Codec
from tests.unit.adapters.door import (
    SECRET,
    Answered,
    Clock,
    Door,
    application,
    door,
    encoded,
    signed,
)

OTHER_KEY = b"another-key-of-the-platform"
OTHER = f"whsec_{base64.b64encode(OTHER_KEY).decode()}"
BODY = encoded(application())


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Door]:
    async with door(tmp_path) as made:
        yield made


def events(found: Door) -> list[dict[str, Any]]:
    return [dict(Codec().decode(message.value)[1]) for message in found.bench.topic]


class TestWhoIsLetIn:
    async def test_a_signed_webhook_becomes_one_event(self, hub: Door) -> None:
        answer = await hub.send(BODY)
        assert (answer.status, answer.said) == (200, {"title": "OK", "status": 200})
        (event,) = events(hub)
        assert event["record_id"] == application()["sbbh"]

    def test_the_standards_own_example_is_signed_as_the_standard_says(self) -> None:
        key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
        assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    async def test_what_the_standards_library_signs_is_let_in(self, hub: Door) -> None:
        now = datetime.now(UTC)
        text = BODY.decode()
        headers = signed(BODY) | {
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign("msg_1", now, text),
        }
        assert (await hub.send(BODY, headers)).status == 200

    async def test_while_one_secret_follows_another_both_are_taken(self, tmp_path: Path) -> None:
        async with door(tmp_path, secret=f"{OTHER}, {SECRET}") as hub:
            assert (await hub.send(BODY)).status == 200
            assert (await hub.send(BODY, signed(BODY, key=OTHER_KEY))).status == 200
        async with door(tmp_path, secret=OTHER) as hub:
            assert (await hub.send(BODY)).status == 401

    async def test_one_right_signature_of_several_is_enough(self, hub: Door) -> None:
        headers = signed(BODY)
        right, wrong = headers["webhook-signature"], sign(OTHER_KEY, "msg_1", 1, BODY)
        headers["webhook-signature"] = f"v1a,c29tZQ== {wrong} {right}"
        assert (await hub.send(BODY, headers)).status == 200

    @pytest.mark.parametrize(
        "wrong",
        [
            {"webhook-signature": ""},
            {"webhook-signature": "v1"},
            {"webhook-signature": "v1,###"},
            {"webhook-signature": "v1,\u00e9"},
            {"webhook-signature": sign(OTHER_KEY, "msg_1", 1, BODY)},
            {"webhook-id": "msg_2"},
            {"webhook-id": ""},
            {"webhook-id": "m" * 129},
            {"webhook-id": "msg.1"},
            {"webhook-timestamp": "1"},
            {"webhook-timestamp": "nan"},
            {"webhook-timestamp": "9" * 40},
            {"webhook-timestamp": ""},
        ],
    )
    async def test_whoever_does_not_know_the_secret_stays_outside(
        self, hub: Door, wrong: dict[str, str]
    ) -> None:
        answer = await hub.send(BODY, signed(BODY) | wrong)
        assert (answer.status, answer.said["rule"]) == (401, "webhook.signature")
        assert events(hub) == []

    async def test_a_body_that_was_changed_on_the_way_stays_outside(self, hub: Door) -> None:
        assert (await hub.send(BODY + b" ", signed(BODY))).status == 401
        assert events(hub) == []

    @pytest.mark.parametrize(
        "secret", ["", " , ", "secret", "whsec_c2hvcnQ=", "whsec_#", f"{SECRET},whsec_"]
    )
    def test_a_secret_that_is_none_is_refused(self, secret: str) -> None:
        with pytest.raises(ValueError, match="secret"):
            PermitsSettings(secret=secret)


class TestClocks:
    @pytest.mark.parametrize(("ahead", "way"), [(301, "old"), (-302, "ahead")])
    async def test_a_clock_that_jumped_lets_nobody_in_until_it_is_set(
        self, tmp_path: Path, ahead: float, way: str
    ) -> None:
        """Whichever of the two clocks it is: the webhook is sent again, and nothing is lost."""
        clock = Clock()
        async with door(tmp_path, clock) as hub:
            clock.ahead = ahead
            answer = await hub.send(BODY)
            assert (answer.status, answer.said["rule"]) == (401, "webhook.clock")
            assert f"s {way}, 300 s are allowed" in answer.said["detail"]
            clock.ahead = 0.0
            assert (await hub.send(BODY)).status == 200
            assert len(events(hub)) == 1

    async def test_how_far_clocks_may_differ_can_be_set(self, tmp_path: Path) -> None:
        clock = Clock()
        async with door(tmp_path, clock, tolerance_seconds=30) as hub:
            clock.ahead = 28
            assert (await hub.send(BODY)).status == 200
            clock.ahead = 32
            assert (await hub.send(BODY)).status == 401

    async def test_a_captured_webhook_is_worth_nothing_later(self, tmp_path: Path) -> None:
        clock = Clock()
        async with door(tmp_path, clock) as hub:
            captured = signed(BODY)
            assert (await hub.send(BODY, captured)).status == 200
            assert (await hub.send(BODY, captured)).status == 200
            clock.ahead = 400
            assert (await hub.send(BODY, captured)).status == 401
            assert len(events(hub)) == 1

    async def test_an_update_time_set_back_is_the_older_version(self, hub: Door) -> None:
        """Versions have the order that their update times state, not that of their arrival."""
        for number, (time_, stage) in enumerate([("22", "受理"), ("21", "撤回")]):
            body = encoded(application(gxsj=f"2026-11-20T{time_}:00:00.000+08:00", hj=stage))
            assert (await hub.send(body, signed(body, f"msg_{number}"))).status == 200
        newest = max(events(hub), key=lambda event: int(event["version"]["order"]))
        assert newest["stage"] == "accepted"


class TestForm:
    async def test_other_paths_and_methods_are_told_where_to_go(self, hub: Door) -> None:
        wrong = await hub.send(b"", {}, "GET")
        assert (wrong.status, wrong.headers["Allow"], wrong.said["rule"]) == (
            405,
            "POST",
            "webhook.path",
        )
        lost = await hub.send(BODY, path="/hooks")
        assert (lost.status, lost.said["rule"]) == (404, "webhook.path")
        assert "/webhooks/permits" in lost.said["detail"]

    @pytest.mark.parametrize(
        "headers",
        [
            {"content-type": "text/plain"},
            {"content-type": "application/json; charset=gb18030"},
            {"content-encoding": "gzip"},
        ],
    )
    async def test_only_json_in_utf_8_is_taken(self, hub: Door, headers: dict[str, str]) -> None:
        body = gzip.compress(BODY) if "content-encoding" in headers else BODY
        answer = await hub.send(body, signed(body) | headers)
        assert (answer.status, answer.said["rule"]) == (415, "webhook.type")

    async def test_a_body_too_large_is_refused_by_its_header_and_by_its_bytes(
        self, tmp_path: Path
    ) -> None:
        async with door(tmp_path, body_bytes=2_000) as hub:
            large = encoded(application(sqsy="长" * 1_000))
            stated = await hub.send(large)

            async def pieces() -> AsyncIterator[bytes]:
                yield large

            async with hub.session.post(
                f"{hub.url}/webhooks/permits", data=pieces(), headers=signed(large)
            ) as answer:
                unstated = Answered(answer.status, answer.headers, await answer.text())
            for one in (stated, unstated):
                assert (one.status, one.said["rule"]) == (413, "webhook.too_large")
                assert "2000 bytes" in one.said["detail"]

    async def test_connections_that_say_nothing_take_no_file_that_the_hub_needs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are ended after a while, and as long as they are too many, further ones at once."""
        most = 5
        limits = (FILES_KEPT + most, resource.RLIM_INFINITY)
        monkeypatch.setattr(resource, "getrlimit", lambda _which: limits)
        async with door(tmp_path, body_seconds=1.5) as hub:
            assert (await hub.send(BODY)).status == 200
            port, held = hub.source.receiver.port, []
            for _ in range(most - 1):
                held.append(await asyncio.open_connection("127.0.0.1", port))
                held[-1][1].write(b"POST /webhooks/permits HTTP/1.1\r\nHost: hub\r\n")
            async with asyncio.timeout(10):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
                writer.close()
                assert (await hub.send(BODY)).status == 200, "whoever spoke may stay"
                for reader, writer in held:
                    assert await reader.read() == b""
                    writer.close()
            await hub.session.close()
            async with aiohttp.ClientSession() as hub.session:
                assert (await hub.send(BODY)).status == 200

    async def test_a_body_that_does_not_come_is_not_waited_for(self, tmp_path: Path) -> None:
        async with door(tmp_path, body_seconds=0.1) as hub:
            reader, writer = await asyncio.open_connection("127.0.0.1", hub.source.receiver.port)
            head = "".join(f"{name}: {value}\r\n" for name, value in signed(BODY).items())
            writer.write(
                f"POST /webhooks/permits HTTP/1.1\r\nHost: hub\r\nContent-Length: {len(BODY)}\r\n"
                f"{head}\r\n".encode()
                + BODY[:10]
            )
            async with asyncio.timeout(5):
                answer = (await reader.read()).decode()
            writer.close()
            assert answer.startswith("HTTP/1.1 408 ")
            assert "webhook.slow" in answer

    @pytest.mark.parametrize(
        ("head", "body"),
        [
            ("Content-Length: 500", "王小明"),
            ("Content-Length: 500\r\nX: 王小明 13900001111\r\nContent-Length: 王小明", ""),
            ("Transfer-Encoding: chunked", "王小明13900001111\r\n"),
            ("Transfer-Encoding: chunked", "40\r\n王小明"),
        ],
    )
    async def test_a_request_that_breaks_off_leaves_nothing_in_the_log_and_holds_nothing_up(
        self, hub: Door, caplog: pytest.LogCaptureFixture, head: str, body: str
    ) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", hub.source.receiver.port)
        begin = "POST /webhooks/permits HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
        writer.write(f"{begin}{head}\r\n\r\n{body}".encode())
        writer.close()
        await writer.wait_closed()
        assert (await hub.send(BODY)).status == 200
        assert "王" not in caplog.text
        assert "\\xe7" not in caplog.text
        assert "1390000" not in caplog.text
        assert "Traceback" not in caplog.text

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b'"text"',
            b"null",
            b'{"sbbh": NaN}',
            b"[" * 60_000,
            BODY.decode().encode("gb18030"),
            BODY[:-20],
        ],
        ids=["empty", "half", "list", "text", "null", "NaN", "deep", "GB18030", "cut"],
    )
    async def test_what_is_signed_and_no_object_is_kept_as_a_letter(
        self, hub: Door, body: bytes
    ) -> None:
        """The platform hears of it, and so do the hub's people; sent again it is no second one."""
        for _ in range(2):
            answer = await hub.send(body)
            assert (answer.status, answer.said["rule"]) == (400, "row.unreadable")
        (letter,) = events(hub)
        assert (letter["rule"], letter["place"]) == ("row.unreadable", "webhook msg_1")

    async def test_values_that_are_no_text_are_taken_as_text(self, hub: Door) -> None:
        stated = application() | {"jd": 114.8901234, "wd": 30.3951234, "fj": [{"a": 1}], "x": True}
        assert (await hub.send(encoded(stated))).status == 200
        assert events(hub)[0]["place"]["lon"] == 1148901234

    async def test_half_a_character_holds_nothing_up(self, hub: Door) -> None:
        body = BODY.replace("申请人王小明".encode(), b"\\ud800\xe7\x94\xb3")
        assert (await hub.send(body)).status == 200
        assert events(hub)[0]["summary"].startswith("?申")

    async def test_a_byte_order_mark_holds_nothing_up(self, hub: Door) -> None:
        assert (await hub.send(b"\xef\xbb\xbf" + BODY)).status == 200


class TestAnswers:
    async def test_no_answer_comes_before_the_event_is_where_it_belongs(
        self, tmp_path: Path
    ) -> None:
        async with door(tmp_path, carrying=False) as hub:
            sending = asyncio.create_task(hub.send(BODY))
            await hub.source.wait()
            batch = await hub.source.read()
            assert batch is not None
            await asyncio.wait({sending}, timeout=0.2)
            assert not sending.done()
            hub.bench.carry_batch(batch)
            assert (await sending).status == 200

    async def test_while_a_batch_is_carried_the_next_one_gathers(self, tmp_path: Path) -> None:
        async with door(tmp_path, carrying=False) as hub:
            sending = [asyncio.create_task(hub.send(BODY))]
            await hub.source.wait()
            first = await hub.source.read()
            bodies = [encoded(application(sbbh=f"SB{number}")) for number in range(20)]
            sending += [asyncio.create_task(hub.send(body)) for body in bodies]
            assert first is not None
            while await waiting(hub) < 21:
                await asyncio.sleep(0.01)
            hub.bench.carry_batch(first)
            second = await hub.source.read()
            assert second is not None
            assert len(second.rows) == 20
            hub.bench.carry_batch(second)
            assert {answer.status for answer in await asyncio.gather(*sending)} == {200}

    async def test_the_same_content_sent_at_once_is_one_row(self, tmp_path: Path) -> None:
        async with door(tmp_path, carrying=False) as hub:
            bad = encoded(application(sxbm="Y99"))
            sending = [
                asyncio.create_task(hub.send(body, signed(body, f"msg_{number}")))
                for number, body in enumerate([BODY, bad] * 3)
            ]
            while await waiting(hub) < 6:
                await asyncio.sleep(0.01)
            batch = await hub.source.read()
            assert batch is not None
            assert len(batch.rows) == 2
            hub.bench.carry_batch(batch)
            assert [answer.status for answer in await asyncio.gather(*sending)] == [200, 202] * 3
            assert len(hub.bench.topic) == 2

    async def test_a_letter_is_told_with_rule_and_field_each_time(self, hub: Door) -> None:
        body = encoded(application(hj="办结"))
        for _ in range(2):
            answer = await hub.send(body)
            assert answer.status == 202
            assert (answer.said["rule"], answer.said["field"]) == ("field.missing", "jg")
            assert "State jg at the source" in answer.said["detail"]
        assert len(hub.bench.topic) == 1

    async def test_answers_repeat_nothing_that_a_webhook_said(self, tmp_path: Path) -> None:
        """Each field in turn holds what only a person should: no answer has it."""
        person = "王小明13900001111420704199003071238"
        proof = {"sqxb": "证明", "zmml": "hubei.community_proof-2021", "zmbm": "05"}
        async with door(tmp_path) as hub:
            faults = set()
            for name in application():
                body = encoded(application(**{**proof, "hj": "办结", "jg": "准予", name: person}))
                answer = await hub.send(body)
                faults.add(answer.said.get("field"))
                for word in (person, "王小明", "13900001111", "420704199003071238"):
                    assert word not in answer.text
            assert faults >= {"sxbm", "sxlx", "qd", "hj", "jg", "sqsj", "gxsj", "zmml", "zmbm"}

    async def test_the_same_webhook_again_is_no_second_event_even_after_a_restart(
        self, tmp_path: Path
    ) -> None:
        for _ in range(2):
            async with door(tmp_path) as hub:
                for _ in range(2):
                    assert (await hub.send(BODY)).status == 200
                held = len(hub.bench.topic)
        assert held == 0, "the second run had nothing to send"

    async def test_a_field_that_is_not_read_makes_no_other_version(self, hub: Door) -> None:
        """A platform that adds the time of each try would else tell all of them."""
        for number in range(3):
            body = encoded(application(fssj=f"2026-11-20T09:31:0{number}"))
            assert (await hub.send(body, signed(body, f"msg_{number}"))).status == 200
        assert len(hub.bench.topic) == 1


class TestNotNow:
    async def test_where_nothing_is_carried_the_platform_is_told_to_come_again(
        self, tmp_path: Path
    ) -> None:
        """The broker is away: first by patience, then at once; once it is back all goes on."""
        async with door(tmp_path, carrying=False, answer_seconds=0.2) as hub:
            sending = asyncio.create_task(hub.send(BODY))
            await hub.source.wait()
            stuck = await hub.source.read()
            assert stuck is not None
            first = await sending
            later = await hub.send(BODY)
            for answer in (first, later):
                assert (answer.status, answer.said["rule"]) == (503, "webhook.later")
                assert int(answer.headers["Retry-After"]) > 0
            health = await hub.send(b"", {}, "GET", "/healthz")
            assert (health.status, health.said["status"]) == (503, "waits")
            hub.bench.carry_batch(stuck)
            work = asyncio.create_task(hub.carry())
            assert (await hub.send(BODY)).status == 200
            assert len(hub.bench.topic) == 1
            work.cancel()

    async def test_where_too_many_wait_the_next_is_told_to_come_again(self, tmp_path: Path) -> None:
        async with door(tmp_path, carrying=False, most_waiting=2) as hub:
            sending = [asyncio.create_task(hub.send(BODY)) for _ in range(2)]
            while await waiting(hub) < 2:
                await asyncio.sleep(0.01)
            full = await hub.send(BODY)
            assert (full.status, full.said["rule"]) == (503, "webhook.later")
            batch = await hub.source.read()
            assert batch is not None
            hub.bench.carry_batch(batch)
            assert [answer.status for answer in await asyncio.gather(*sending)] == [200, 200]

    async def test_who_gave_up_waiting_is_not_read(self, tmp_path: Path) -> None:
        async with door(tmp_path, carrying=False, answer_seconds=0.1) as hub:
            assert (await hub.send(BODY)).status == 503
            assert await hub.source.read() is None

    async def test_a_receiver_that_stops_sends_all_away_unanswered(self, tmp_path: Path) -> None:
        """One is being carried and one waits: neither is told that it is done."""
        async with door(tmp_path, carrying=False) as hub:
            sending = [asyncio.create_task(hub.send(BODY))]
            await hub.source.wait()
            assert await hub.source.read() is not None
            sending.append(asyncio.create_task(hub.send(encoded(application(sbbh="SB2")))))
            while await waiting(hub) < 2:
                await asyncio.sleep(0.01)
            await hub.source.close()
            answers = await asyncio.gather(*sending)
            assert [answer.status for answer in answers] == [503, 503]
            assert all("stopping" in answer.said["detail"] for answer in answers)

    async def test_a_port_that_is_taken_says_what_to_do(self, hub: Door) -> None:
        taken = PermitsSettings(secret=SECRET, port=hub.source.receiver.port)
        second = listening(taken)
        with pytest.raises(HaltError, match=r"SHEQU_PERMITS__PORT to an address that is free"):
            await second.read()
        await second.close()

    async def test_an_address_of_another_machine_says_what_to_do(self) -> None:
        source = listening(PermitsSettings(secret=SECRET, host="192.0.2.1", port=0))
        with pytest.raises(HaltError, match=r"192\.0\.2\.1:0: receiver\.address"):
            await source.read()
        await source.close()


class TestQuiet:
    async def test_the_platform_has_nothing_more_once_it_was_silent_for_a_while(
        self, tmp_path: Path
    ) -> None:
        async with door(tmp_path, carrying=False, quiet_seconds=2.0) as hub:
            assert not hub.source.idle
            sending = asyncio.create_task(hub.send(BODY))
            await hub.source.wait()
            batch = await hub.source.read()
            assert batch is not None
            hub.bench.carry_batch(batch)
            assert (await sending).status == 200
            assert not hub.source.idle
            await hub.source.wait()
            assert await hub.source.read() is None
            assert hub.source.idle

    async def test_an_outsider_does_not_break_the_silence(self, tmp_path: Path) -> None:
        async with door(tmp_path, carrying=False, quiet_seconds=0.2) as hub:
            await hub.source.wait()
            assert (await hub.send(BODY, signed(BODY, key=OTHER_KEY))).status == 401
            assert hub.source.idle


async def test_health_counts_answers(hub: Door) -> None:
    await hub.send(BODY)
    await hub.send(BODY, signed(BODY, key=OTHER_KEY))
    health = await hub.send(b"", {}, "GET", "/healthz")
    assert (health.status, health.said) == (
        200,
        {"status": "ready", "waiting": 0, "answered": {"200": 1, "401": 1}},
    )


async def waiting(hub: Door) -> int:
    return int((await hub.send(b"", {}, "GET", "/healthz")).said["waiting"])

"""A Kafka that asks for a login, in plain text and over TLS: command line, producer, worker."""

import asyncio
import datetime as dt
import ipaddress
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from bus import Bus
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from stories import story
from workers import Worker

from adapters.kit.events import Outgoing
from adapters.kit.producer import Producer
from ops.broker import EmbeddedBroker, ports
from ops.broker.ports import HOST

Until = Callable[..., Awaitable[None]]

USER, PASSWORD = "hub", "correct horse"


class Secured(NamedTuple):
    """One broker, three ways in; what a client sets for two of them."""

    plain: str
    login: str
    tls: str
    folder: Path

    def settings(self, protocol: str, password: str = PASSWORD) -> dict[str, str]:
        """Of a client that logs in."""
        file = self.folder / f"password-{len(password)}"
        file.write_text(password + "\n")
        over_tls = {"SHEQU_KAFKA_CA_FILE": str(self.folder / "cert.pem")}
        return {
            "SHEQU_BOOTSTRAP": self.tls if protocol == "SASL_SSL" else self.login,
            "SHEQU_KAFKA_SECURITY": protocol,
            "SHEQU_KAFKA_SASL_MECHANISM": "SCRAM-SHA-512" if protocol == "SASL_SSL" else "PLAIN",
            "SHEQU_KAFKA_SASL_USERNAME": USER,
            "SHEQU_KAFKA_SASL_PASSWORD_FILE": str(file),
            **(over_tls if protocol == "SASL_SSL" else {}),
        }


def _certificate(folder: Path) -> None:
    """A key and its own signature on it, for this machine's loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    cert = made.public_bytes(serialization.Encoding.PEM)
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "cert.pem").write_bytes(cert)
    (folder / "both.pem").write_bytes(secret + cert)


def _listeners(folder: Path, taken: list[int]) -> Mapping[str, str]:
    """Settings of a broker with a listener in plain text, one with a login, one over TLS."""
    names = ("PLAINTEXT", "CONTROLLER", "LOGIN", "SECURE")
    where = ",".join(f"{name}://{HOST}:{port}" for name, port in zip(names, taken, strict=True))
    module = "org.apache.kafka.common.security"
    return {
        "listeners": where,
        "advertised.listeners": where,
        "controller.quorum.bootstrap.servers": f"{HOST}:{taken[1]}",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
        "LOGIN:SASL_PLAINTEXT,SECURE:SASL_SSL",
        "listener.name.login.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.login.plain.sasl.jaas.config": f"{module}.plain.PlainLoginModule required "
        f'user_{USER}="{PASSWORD}";',
        "listener.name.secure.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": f"{module}.scram.ScramLoginModule "
        "required;",
        "listener.name.secure.ssl.keystore.type": "PEM",
        "listener.name.secure.ssl.keystore.location": str(folder / "both.pem"),
    }


def _make_user(bootstrap: str) -> None:
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    wanted = UserScramCredentialUpsertion(USER, info, PASSWORD.encode())
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for done in admin.alter_user_scram_credentials([wanted]).values():
        done.result(timeout=20)


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[Secured]:
    """The broker."""
    _certificate(tmp_path)
    taken: list[int] = []
    for _ in range(4):
        taken.append(ports.choose(besides=taken))
    overrides = _listeners(tmp_path, taken)
    async with EmbeddedBroker(tmp_path / "broker", port=taken[0], overrides=overrides) as node:
        await asyncio.to_thread(_make_user, node.bootstrap)
        yield Secured(node.bootstrap, f"{HOST}:{taken[2]}", f"{HOST}:{taken[3]}", tmp_path)


async def _shequ(home: Path, settings: Mapping[str, str], *words: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ops", *words,
        env={**os.environ, "SHEQU_HOME": str(home), **settings},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
async def test_everything_works_with_a_login(
    secured: Secured,
    tmp_path: Path,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    protocol: str,
) -> None:
    """Topics and lists are made, an adapter's producer sends, a worker folds; the proof holds."""
    settings = {**secured.settings(protocol), "SHEQU_TOPIC_PREFIX": "s."}
    for words in (("topics", "apply"), ("lists", "publish")):
        code, said = await _shequ(tmp_path, settings, *words)
        assert code == 0, said
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    bus = Bus(settings["SHEQU_BOOTSTRAP"], tmp_path, "s.")
    producer = Producer(settings["SHEQU_BOOTSTRAP"], "test")
    told = story(41, 120, time.time_ns() // 1_000_000 - 7_200_000)
    sent = [Outgoing(bus.names.physical(one.topic), one.key, one.value, []) for one in told]
    await producer.send(sent)
    await producer.close()
    worker = await Worker(bus, "worker", **settings).start()
    try:
        await until(lambda: worker.ready, limit=60, what="the worker is ready")
        await until(bus.folded, limit=60, what="everything is folded")
        await worker.stop()
    finally:
        if worker.code is None and worker.process is not None:
            worker.process.kill()
            await worker.process.wait()
    await bus.require_exact()


async def test_a_login_that_is_refused_names_the_settings(secured: Secured, tmp_path: Path) -> None:
    """The wrong password: the worker ends, its supervisor tries again."""
    settings = secured.settings("SASL_PLAINTEXT", "wrong")
    bus = Bus(secured.login, tmp_path, "s.")
    worker = await Worker(bus, "worker", **settings).start()
    assert await worker.ended() == 75
    last = json.loads(worker.said.strip().splitlines()[-1])
    assert "SHEQU_KAFKA_SECURITY" in last["error"], worker.said

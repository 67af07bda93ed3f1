"""Finding Java and Kafka's jars, and the command that runs one of Kafka's programs."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ops.broker.errors import JarsMissingError, JavaError

OLDEST_JAVA = 17  # Kafka 4's brokers need it
LOGGING = Path(__file__).with_name("log4j2.xml")
PROJECT = Path(__file__).resolve().parents[2]

# Measured on 2 cores, 800,000 records in transactions: the serial collector with the first compiler
# alone starts a new folder in 2.5 s (with the second compiler 3.5), takes 3.4 s of processor time
# (6.0; the G1 collector 11) and 195 MiB of memory (235; 272).
JVM = (
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xshare:auto",
    "-Djava.awt.headless=true",
)


def default_libs() -> Path:
    """The folder that `make jars` fills: in the checkout, else under the working folder."""
    in_checkout = PROJECT / "build" / "kafka" / "libs"
    return in_checkout if in_checkout.is_dir() else Path("build/kafka/libs").resolve()


def find_java() -> str:
    """The path of a Java that can run Kafka.

    JAVA_HOME comes first, then the search path.

    Raises:
        JavaError: there is none, or it is too old.
    """
    java = _candidate()
    major = _major_version(java)
    if major < OLDEST_JAVA:
        raise JavaError(
            f"{java} is Java {major}; Kafka needs {OLDEST_JAVA} or later. Install a newer one "
            f"(Debian: apt-get install default-jre-headless) or point JAVA_HOME at it."
        )
    return java


def _candidate() -> str:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).is_file():
        where = f"JAVA_HOME={home} holds no bin/java" if home else "there is no java on the PATH"
        raise JavaError(
            f"{where}. Kafka needs Java {OLDEST_JAVA} or later: install one "
            f"(Debian: apt-get install default-jre-headless), then try again."
        )
    return java


def _major_version(java: str) -> int:
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    if found is None:
        raise JavaError(f"{java} -version says nothing that names a version: {said.strip()!r}")
    return int(found[1])


def find_jars(libs: Path) -> str:
    """The class path of Kafka.

    Raises:
        JarsMissingError: the folder holds no Kafka.
    """
    if not any(libs.glob("kafka_2.13-*.jar")):
        raise JarsMissingError(
            f"Kafka's jars are not in {libs}. Run `make jars` in the project's folder, "
            f"or set SHEQU_KAFKA_LIBS to the folder that holds them."
        )
    return str(libs / "*")


def command(libs: Path, main_class: str, arguments: Sequence[str], *options: str) -> list[str]:
    """The command line for one of Kafka's programs, logging through our log4j2.xml.

    Raises:
        JavaError: there is no usable Java.
        JarsMissingError: the folder holds no Kafka.
    """
    java, classpath = find_java(), find_jars(libs)
    logging = f"-Dlog4j2.configurationFile={LOGGING}"
    return [java, *JVM, *options, logging, "-cp", classpath, main_class, *arguments]

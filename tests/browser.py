"""A headless Chromium, spoken to over its own pipe: no driver, no port, no package.

Owns how a browser is begun, asked and ended, and nothing of what a page should be.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
CALM = (
    "--headless",
    "--no-sandbox",  # the pages are our own
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-pipe",
)
PATIENCE = 30.0  # seconds for one answer


def browser() -> str:
    """Where one is installed; nothing: there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), "")


@dataclass
class Tab:
    """One page of a browser. `events` are what it said unasked since the last page was opened."""

    reads: int
    writes: int
    session: str = ""
    events: list[Mapping[str, Any]] = field(default_factory=list)
    _rest: bytes = b""
    _number: int = 0

    def ask(self, method: str, **params: object) -> Any:
        self._number += 1
        told = {"id": self._number, "method": method, "params": params}
        whole = told | ({"sessionId": self.session} if self.session else {})
        os.write(self.writes, json.dumps(whole).encode() + b"\0")
        until = time.monotonic() + PATIENCE
        while True:
            said = self._next(until)
            if said.get("id") == self._number:
                assert "error" not in said, said
                return said["result"]
            self.events.append(said)

    def open(self, url: str) -> None:
        self.events.clear()
        self.ask("Page.navigate", url=url)
        self.wait_for_load()

    def wait_for_load(self) -> None:
        """Wait for the page that was asked for since the last events were taken away."""
        until = time.monotonic() + PATIENCE
        while not self.said("Page.loadEventFired"):
            self.events.append(self._next(until))

    def said(self, *methods: str) -> list[Mapping[str, Any]]:
        return [one["params"] for one in self.events if one.get("method") in methods]

    def run(self, script: str) -> Any:
        done = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def look(self, width: int, scheme: str = "light", media: str = "screen") -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.ask("Emulation.setDeviceMetricsOverride", **size)
        prefers = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=prefers)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            said = {"key": key, "code": key, "windowsVirtualKeyCode": 9}
            self.ask("Input.dispatchKeyEvent", type=kind, **said)

    def _next(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self.reads], [], [], max(0.0, until - time.monotonic()))
            assert ready, "the browser does not answer"
            read = os.read(self.reads, 1 << 20)
            assert read, "the browser has ended"
            self._rest += read
        said, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(said)
        return found


@contextmanager
def open_tab(profile: Path) -> Iterator[Tab]:
    """It writes to descriptor 4, and reads from 3: so Chromium wants it."""
    down, up = [[_high(one) for one in os.pipe()] for _ in range(2)]

    def hand_over() -> None:
        os.dup2(down[0], 3)
        os.dup2(up[1], 4)

    command = [browser(), *CALM, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        command,
        preexec_fn=hand_over,
        close_fds=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(down[0])
    os.close(up[1])
    tab = Tab(up[0], down[1])
    try:
        _attach(tab)
        yield tab
    finally:
        process.kill()
        process.wait()
        os.close(tab.reads)
        os.close(tab.writes)


def _high(descriptor: int) -> int:
    """Out of the way of the two that the browser is given."""
    found = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return found


def _attach(tab: Tab) -> None:
    target = tab.ask("Target.createTarget", url="about:blank")["targetId"]
    told = tab.ask("Target.attachToTarget", targetId=target, flatten=True)
    tab.session = told["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
        tab.ask(f"{domain}.enable")
    tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)

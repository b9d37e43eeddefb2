"""What a browser did: the requests it sent and the errors it wrote to its console."""

from __future__ import annotations

import json
from typing import Any

# Chromium's own pages and schemes that never leave the machine.
LOCAL = ("data:", "blob:", "about:", "chrome:", "chrome-extension:", "devtools:")


def network_requests(driver: Any) -> list[str]:
    """Addresses requested since the last call, in order; those that never leave the browser are left out."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(LOCAL)]


def console_errors(driver: Any) -> list[str]:
    """Messages of level SEVERE since the last call."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def at_rest(driver: Any, url: str) -> None:
    """Leave what was open for an answer of this server that has no script, and forget what was logged.

    On its way over about:blank a browser loses what it compiled: half a second of processor time for the next page."""
    driver.get(f"{url}/healthz")
    console_errors(driver)
    network_requests(driver)


def set_viewport(driver: Any, width: int, height: int) -> None:
    """Give the page exactly this size; a window of a desktop browser cannot be made as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

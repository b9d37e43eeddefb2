"""What a browser did: the requests it sent and the errors it wrote to its console."""

from __future__ import annotations

import json
from base64 import b64decode
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from tests.processes import wait_until

# Chromium's own pages and schemes that never leave the machine.
LOCAL = ("data:", "blob:", "about:", "chrome:", "chrome-extension:", "devtools:")
REST = """
const page = new Blob(['<!DOCTYPE html><title>At rest</title><link rel="icon" href="data:,">'], {type: 'text/html'});
location.replace(URL.createObjectURL(page));
"""
RESTS = "return document.title === 'At rest' && document.readyState === 'complete'"


def network_requests(driver: Any) -> list[str]:
    """Addresses requested since the last call, in order; those that never leave the browser are left out."""
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    sent = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [url for url in sent if not url.startswith(LOCAL)]


def console_errors(driver: Any) -> list[str]:
    """Messages of level SEVERE since the last call."""
    return [entry["message"] for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]


def at_rest(driver: Any) -> None:
    """Leave what is open for an empty page of the same origin, with an icon of its own, and forget what was logged.

    On its way over about:blank a browser loses what it compiled: half a second of processor time for the next page."""
    driver.execute_script(REST)
    wait_until(lambda: bool(driver.execute_script(RESTS)), "an empty page")
    console_errors(driver)
    network_requests(driver)


def set_viewport(driver: Any, width: int, height: int) -> None:
    """Give the page exactly this size; a window of a desktop browser cannot be made as narrow as a phone."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def printed(driver: Any) -> list[str]:
    """The text of each page that the browser would print."""
    body = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})["data"]
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(b64decode(body))).pages]

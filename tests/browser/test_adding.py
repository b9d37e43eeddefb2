"""Somebody drops a file of orders into the page "Add data", and opens its figures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By

from analytics import store as stores
from tests.analytics import companies
from tests.browser.watch import console_errors
from tests.processes import AppServer, wait_until

ORDERS = "Order,Date,Product,Quantity,Amount,Customer,City\n" + "".join(
    f"{n},2024-03-{n % 28 + 1:02},Tea,2,10.00,ida{n % 7},Boston\n" for n in range(1, 60)
)


def test_a_file_is_dropped_looked_at_loaded_and_opened(
    dash_br: Any, serve: Callable[..., AppServer], tmp_path: Path
) -> None:
    stores.write(tmp_path / "store", companies.one_row())
    server = serve(tmp_path / "store", STORESIGHT_UPLOADS=str(tmp_path / "uploads"), WEB_CONCURRENCY="1")
    file = tmp_path / "march.csv"
    file.write_text(ORDERS)
    driver = dash_br.driver
    driver.get(f"{server.url}/add")
    driver.find_element(By.ID, "files").send_keys(str(file))
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, ".naming button") != [], "what the file contains")
    assert "59 orders" in driver.find_element(By.ID, "found").text
    assert "$590.00" in driver.find_element(By.ID, "found").text
    assert "USD is assumed" in driver.find_element(By.ID, "found").text
    load = driver.find_element(By.CSS_SELECTOR, ".naming button")
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", load)
    load.click()
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, "#found a.apply") != [], "the data set")
    driver.find_element(By.CSS_SELECTOR, "#found a.apply").click()
    assert console_errors(driver) == []
    wait_until(lambda: "$590" in driver.find_element(By.TAG_NAME, "body").text, "its figures")

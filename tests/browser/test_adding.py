"""Somebody drops a file of orders into the page "Add data", chooses another column, loads it, opens its figures, and
undoes a change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from analytics import store as stores
from tests.analytics import companies
from tests.browser.watch import at_rest, console_errors
from tests.processes import AppServer, wait_until

ORDERS = "Order,Date,Product,Quantity,Amount,Paid,Customer,City\n" + "".join(
    f"{n},2024-03-{n % 28 + 1:02},Tea,2,10.00,9.00,ida{n % 7},Boston\n" for n in range(1, 60)
)


def test_a_file_is_dropped_looked_at_loaded_and_opened(
    open_browser: Any, serve: Callable[..., AppServer], tmp_path: Path
) -> None:
    stores.write(tmp_path / "store", companies.one_row())
    server = serve(tmp_path / "store", STORESIGHT_UPLOADS=str(tmp_path / "uploads"), WEB_CONCURRENCY="1")
    file = tmp_path / "march.csv"
    file.write_text(ORDERS)
    driver = open_browser.driver
    at_rest(driver)
    driver.get(f"{server.url}/add")
    driver.find_element(By.ID, "files").send_keys(str(file))
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, ".loading button") != [], "what the file contains")
    assert "59 orders" in driver.find_element(By.ID, "found").text
    assert "$590.00" in driver.find_element(By.ID, "found").text
    assert "USD is assumed" in driver.find_element(By.ID, "found").text
    list_of_columns = driver.find_element(By.ID, "map-amount")
    driver.execute_script("arguments[0].closest('details').open = true", list_of_columns)
    Select(list_of_columns).select_by_visible_text("Paid")
    wait_until(lambda: "$531.00" in driver.find_element(By.ID, "found").text, "the figures by the other column")
    assert driver.switch_to.active_element.get_attribute("id") == "map-amount"
    assert Select(driver.find_element(By.ID, "set-currency")).first_selected_option.text == "USD"
    own = driver.find_element(By.CSS_SELECTOR, ".own-field")
    driver.execute_script(
        "for (let e = arguments[0]; e; e = e.parentElement) if (e.tagName == 'DETAILS') e.open = true", own
    )
    own.find_element(By.TAG_NAME, "input").send_keys("Till")
    Select(own.find_element(By.TAG_NAME, "select")).select_by_visible_text("City")
    press(driver, ".own-field button")
    wait_until(lambda: driver.find_elements(By.ID, "map-till") != [], "the field of one's own")
    title = driver.find_element(By.ID, "title")
    title.send_keys(Keys.CONTROL, "a", Keys.DELETE)
    wait_until(lambda: "Enter a title" in driver.find_element(By.ID, "title-note").text, "the message at the field")
    title.send_keys("Läden 2025")
    wait_until(lambda: "laden_2025" in driver.find_element(By.ID, "title-note").text, "the name")
    press(driver, ".loading button.apply")
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, "#found a.apply") != [], "the data set")
    driver.get(f"{server.url}/add")
    driver.find_element(By.ID, "files").send_keys(str(file))
    wait_until(lambda: driver.find_elements(By.ID, "load-as") != [], "what the file contains")
    Select(driver.find_element(By.ID, "load-as")).select_by_value("replace laden_2025")
    press(driver, ".loading button.apply")
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, "#found a.apply") != [], "the next version")
    press(driver, "#found button")
    wait_until(lambda: "The other version is back" in driver.find_element(By.ID, "found").text, "the version before")
    driver.get(f"{server.url}/quality/laden_2025")
    driver.execute_script("window.opened = true")
    press(driver, "[data-undo]")
    wait_until(
        lambda: not driver.execute_script("return window.opened || !document.body"), "the page of the other version"
    )
    assert "59 rows read from 1 file" in driver.find_element(By.TAG_NAME, "main").text
    driver.get(f"{server.url}/overview?data=laden_2025")
    assert console_errors(driver) == []
    wait_until(lambda: "$590" in driver.find_element(By.TAG_NAME, "body").text, "its figures")


def press(driver: Any, selector: str) -> None:
    """Click what a selector finds, in the middle of the window."""
    found = driver.find_element(By.CSS_SELECTOR, selector)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", found)
    found.click()


@pytest.mark.long
def test_a_price_of_one_piece_is_asked_about_before_it_can_be_loaded(
    open_browser: Any, serve: Callable[..., AppServer], tmp_path: Path
) -> None:
    stores.write(tmp_path / "store", companies.one_row())
    server = serve(tmp_path / "store", STORESIGHT_UPLOADS=str(tmp_path / "uploads"), WEB_CONCURRENCY="1")
    rows = "".join(f"{n},2024-03-{n % 28 + 1:02},{('Tea', 4.5) if n % 2 else ('Cup', 12.9)}\n" for n in range(1, 60))
    plain = rows.replace("('", "").replace("', ", ",").replace(")", ",2")
    file = tmp_path / "prices.csv"
    file.write_text(f"Order,Date,Product,Preis/Stk,Xyz\n{plain}")
    driver = open_browser.driver
    at_rest(driver)
    driver.get(f"{server.url}/add")
    driver.find_element(By.ID, "files").send_keys(str(file))
    wait_until(lambda: driver.find_elements(By.ID, "pieces") != [], "the question")
    assert "“Preis/Stk” looks like the price of one piece" in driver.find_element(By.CSS_SELECTOR, ".asked").text
    assert driver.find_elements(By.CSS_SELECTOR, ".loading button, #load-as") == [], "nothing can be loaded"
    assert "First answer this question" in driver.find_element(By.CSS_SELECTOR, ".loading").text
    before = driver.find_element(By.ID, "found").text
    Select(driver.find_element(By.ID, "pieces-column")).select_by_value("Xyz")
    wait_until(lambda: driver.find_elements(By.CSS_SELECTOR, ".loading button.apply") != [], "Load")
    assert driver.find_elements(By.ID, "pieces") == []
    assert "$509.10" in before
    assert "$1,018.20" in driver.find_element(By.ID, "found").text
    assert console_errors(driver) == []

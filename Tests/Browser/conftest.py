"""People with browsers. Whatever a test does, the page must raise no error and break no rule of its own CSP."""

import pytest
from files_on_page import png
from person import Person
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright):
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visitor(browser):
    """Makes people with browsers and closes them at the end."""
    people = []

    def make(house, name="", base=None, **options):
        people.append(Person(browser, name, base or house.url, **options))
        return people[-1]

    yield make
    for person in people:
        person.context.close()
    assert [complaint for person in people for complaint in person.complaints] == []


@pytest.fixture
def made(tmp_path):
    """Writes a file for somebody to send and returns its path."""
    folder = tmp_path / "chosen"
    folder.mkdir()

    def make(name, data=None):
        path = folder / name
        path.write_bytes(png(320, 240, red=len(name)) if data is None else data)
        return path

    return make

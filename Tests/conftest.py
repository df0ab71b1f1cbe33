"""Fixtures that all of Journeys, Clients and Browser share: a real server on a free port, and people in it."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from authority import Authority  # noqa: E402
from house import House, Postgres  # noqa: E402


@pytest.fixture
def make_house(tmp_path):
    """Makes houses that are stopped at the end of the test."""
    houses = []

    def make(**options):
        house = House(options.pop("folder", tmp_path / f"data{len(houses)}"), **options)
        houses.append(house)
        return house

    yield make
    for house in houses:
        house.kill()


@pytest.fixture
def house(make_house):
    """A running server with Ana (admin), Ben and Eve."""
    house = make_house()
    house.start()
    house.people("ana", "ben", "eve")
    return house


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory):
    """One server for all tests of a file that leave it as it was."""
    house = House(tmp_path_factory.mktemp("house") / "data")
    house.start()
    house.people("ana", "ben", "eve")
    yield house
    house.kill()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Somebody who signs certificates, and one for localhost and chat.example.com."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def postgres():
    database = Postgres.create()
    yield database
    database.drop()

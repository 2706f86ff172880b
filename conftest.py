"""What pyproject.toml has no word for: settings of nbval, and an option."""

import os

import pytest

# Nothing in the tests may reach for a network; this also makes transformers say so at once.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--alone", action="store_true", help="run all notebooks alone, not only two quick ones")
    parser.addoption("--browser", action="store_true", help="fail where there is no browser or no built book")


def pytest_configure(config: pytest.Config) -> None:
    # nbval takes this path relative to where pytest was started; we want the one beside this file.
    if getattr(config.option, "nbval_sanitize_with", None) is None:
        config.option.nbval_sanitize_with = str(config.rootpath / "nbval_sanitize.cfg")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # nbval gives up 5 s after the last message of a cell; two busy cores can need longer.
    for item in items:
        if type(item).__name__ == "IPyNbCell":
            item.output_timeout = 60

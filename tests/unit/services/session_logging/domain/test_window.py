"""The window: a basis holds exactly as long as none of its ids can have been written after it was read."""

import pytest

from services.session_logging.domain.rules import BasisIsOutdated
from services.session_logging.domain.window import KEPT, Basis, Window, digest_found, require_current


def written(*names: str) -> Window:
    window = Window()
    for name in names:
        window = window.touched(name)
    return window


def test_a_new_id_of_a_short_diary_needs_no_reading() -> None:
    assert digest_found(written("a", "b"), Basis(), "c") is None


def test_an_id_written_after_the_reading_outdates_it() -> None:
    with pytest.raises(BasisIsOutdated):
        require_current(written("a", "b"), Basis(1), ("b",))


def test_an_id_written_before_the_reading_is_what_was_found() -> None:
    assert digest_found(written("a", "b"), Basis(1, {"a": "x"}), "a") == "x"


def test_an_id_written_before_and_again_after_the_reading_outdates_it() -> None:
    with pytest.raises(BasisIsOutdated):
        require_current(written("a", "b", "a"), Basis(2), ("a",))


def test_a_reading_older_than_the_window_outdates_every_id() -> None:
    window = written(*(f"s{i}" for i in range(KEPT + 1)))

    require_current(window, Basis(1), ("new",))
    with pytest.raises(BasisIsOutdated):
        require_current(window, Basis(0), ("new",))


def test_the_window_keeps_a_bounded_number_of_ids() -> None:
    window = written(*(f"s{i}" for i in range(3 * KEPT)))

    assert len(window.ids) == KEPT
    assert window.touches == 3 * KEPT

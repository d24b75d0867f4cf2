"""Programs start without looking for garbage among what they load."""

import gc
import subprocess
import sys

import pytest

from hub.support.loading import loading

START = """
import gc, hub
gc.callbacks.append(lambda phase, info: print(phase))
import hub.cli
gc.callbacks.clear()
assert gc.isenabled()
assert gc.get_freeze_count() > 100_000
"""


def test_the_collector_rests_while_modules_are_loaded_and_only_then() -> None:
    with loading():
        resting = gc.isenabled()

    assert (resting, gc.isenabled()) == (False, True)


def test_it_works_again_after_a_module_that_cannot_be_loaded() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError

    assert gc.isenabled()


def test_whoever_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_command_loads_its_modules_so() -> None:
    ran = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")

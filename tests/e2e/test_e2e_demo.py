"""``hub demo``: what a newcomer runs first."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil

PLUGINS = Path(__file__).parents[2] / "plugins"


def test_the_demonstration_ends_as_promised(tmp_path: Path) -> None:
    steps = [
        step
        for file in PLUGINS.glob("*/fixtures/demo.toml")
        for step in tomllib.loads(file.read_text("utf-8"))["steps"]
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}

    ran = subprocess.run(
        [sys.executable, "-m", "hub", "demo", "--port", "0"],
        env={
            **inherited,
            "HUB_DEMO_EXIT": "1",
            "HUB_VAR_DIR": str(tmp_path / "var"),
            "HTTP_PROXY": "http://127.0.0.1:9",  # as in an office: it is not asked for this machine
            "NO_PROXY": "",
            "no_proxy": "",
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert f"{len(steps)} of {len(steps)} requests ended as promised." in ran.stdout
    assert "Traceback" not in ran.stderr
    for outcome in {step["outcome"] for step in steps}:
        assert ran.stdout.count(f"│ {outcome} ") == sum(step["outcome"] == outcome for step in steps)
    assert {path.name for path in tmp_path.iterdir()} == {"var"}
    assert not [
        process.pid for process in psutil.process_iter(["pid", "cwd"]) if process.info["cwd"] == str(tmp_path)
    ]

"""Which role the hub connects with."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from hub.cli.doctor import doctor
from hub.support import jsontext


@pytest.mark.parametrize(("role", "found"), [("postgres", 1), ("hub", 0)])
def test_the_doctor_names_a_role_that_nothing_binds(
    postgres_url: str, tmp_path: Path, role: str, found: int
) -> None:
    """Both roles are those of ``tools/postgres.sh``."""
    url = sa.make_url(postgres_url)
    if url.username != "hub" or url.password:
        pytest.skip("the server is not one of tools/postgres.sh")
    settings = {
        "HUB_DATABASE_URL": url.set(username=role).render_as_string(),
        "HUB_SECRET_KEY": "the-key-of-this-test",
        "HUB_VAR_DIR": str(tmp_path),
    }
    told = CliRunner().invoke(doctor, ["--json"], env=settings, catch_exceptions=False)
    named = [one for one in jsontext.decode_stored(told.stdout) if one["kind"] == "role_unbound"]

    assert len(named) == found
    assert all(f"the role {role} is not bound" in one["message"] for one in named)

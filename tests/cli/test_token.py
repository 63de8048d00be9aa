from __future__ import annotations

import json
import os
import stat
import subprocess
import sys

import pytest

from stresskit.web.access import hash_of
from stresskit.web.ledger import Ledger


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A user's data folder that is not there yet."""
    folder = tmp_path / "data"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.setenv("LOCALAPPDATA", str(folder))
    monkeypatch.delenv("STRESSKIT_LEDGER", raising=False)
    return folder / "stresskit" / "ledger.db"


def test_a_token_is_shown_once_and_only_its_hash_is_kept(call, home):
    """The secret alone is on stdout; the file, for its owner only, has the hash."""
    made = call("token", "create", "anna", "--role", "run", "--expires", 30)
    secret = made.out.strip()

    assert len(secret) == 46
    assert "not shown again" in made.said
    assert "anna may run, until 2" in made.said
    assert secret not in made.err
    kept = home.read_bytes()
    assert hash_of(secret).encode() in kept
    assert secret.encode() not in kept
    assert secret not in call("token", "list").out
    if os.name == "posix":
        assert stat.S_IMODE(home.stat().st_mode) == 0o600
        assert stat.S_IMODE(home.parent.stat().st_mode) == 0o700


def test_a_token_is_listed_and_revoked(call, tmp_path):
    """Its state changes; it cannot be revoked again."""
    where = ("--ledger", f"sqlite:///{tmp_path / 'my ü.db'}")
    call("token", "create", "risk [system]", "--role", "read", "--label", "x", *where)
    (token,) = json.loads(call("token", "list", "--json", "-", *where).out)["tokens"]
    assert (token["owner"], token["role"]) == ("risk [system]", "read")
    assert (token["state"], token["expires"]) == ("valid", None)
    assert "hash" not in " ".join(token)

    assert "revoked" in call("token", "revoke", token["id"], *where).out

    shown = call("token", "list", *where).shown
    assert "risk [system]" in shown
    assert shown.endswith("revoked")
    again = call("token", "revoke", token["id"], *where, code=2)
    assert "token list" in again.said


def test_the_ledger_is_taken_from_the_environment(call, home, tmp_path, monkeypatch):
    """The service and its tokens mean the same database without an option."""
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    monkeypatch.setenv("STRESSKIT_LEDGER", url)
    call("token", "create", "anna", "--role", "run")

    ledger = Ledger(url)
    assert [t.owner for t in ledger.tokens()] == ["anna"]
    ledger.close()
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("create", "anna"), 2, "--role"),
        (("create", "anna", "--role", "write"), 2, "'read', 'run'"),
        (("create", " ", "--role", "run"), 2, "owner"),
        (("create", "anna", "--role", "run", "--expires", "0"), 2, "--expires"),
        (("list", "--ledger", "mysql://u:secret@h/x"), 2, "sqlite:///FILE"),
        (("list", "--ledger", "sqlite:///nowhere/x.db"), 5, "no folder"),
        (("revoke", "tok_1\x00"), 2, "no token"),
    ],
)
def test_what_cannot_be_done_is_said(call, home, arguments, code, said):
    """Each with what to do, and without a password."""
    assert home.name == "ledger.db"
    done = call("token", *arguments, code=code)

    assert said in done.said
    assert "secret" not in done.said


def test_commands_without_a_ledger_load_no_database():
    """The packages of the extra are neither needed nor waited for."""
    code = (
        "import sys, stresskit, stresskit.cli.app;"
        "print([m for m in ('sqlalchemy', 'alembic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_the_extra_is_named_where_it_is_missing(call, home, monkeypatch):
    """Without SQLAlchemy the command says what to install."""
    for name in [m for m in sys.modules if m.startswith("stresskit.web.ledger")]:
        monkeypatch.delitem(sys.modules, name)
    for name in [m for m in sys.modules if m.split(".")[0] == "sqlalchemy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)

    done = call("token", "list", code=4)

    assert "portfolio-stresskit[serve]" in done.said
    assert not home.exists()

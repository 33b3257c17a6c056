"""Settings come from the environment or from a file it names."""

from __future__ import annotations

from loyalty_site.embedded.__main__ import Servers, servers
from loyalty_site.embedded.environment import setting


def test_a_file_wins_and_its_last_newline_does_not_count(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    assert setting("SECRET_KEY") == "from the environment"

    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert setting("SECRET_KEY") == "from the file"


def test_nothing_embedded_starts_beside_servers_of_ones_own(monkeypatch, tmp_path):
    (tmp_path / "url").write_text("postgresql://db.example/regulars\n")
    monkeypatch.setenv("REGULARS_VAR", str(tmp_path / "var"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("BROKER_URL", "amqp://broker.example")

    with servers() as running:
        assert isinstance(running, Servers)

    assert not (tmp_path / "var").exists()

"""The authority of time stamps: named with its certificates or not at all."""

from pathlib import Path

import pytest

from config.loading import Loaded, load


def read(folder: Path, stamps: str) -> Loaded:
    (folder / "sources").mkdir()
    (folder / "settings.yaml").write_text(f"time_stamps: {stamps}\n", encoding="utf-8")
    return load(folder, {})


def test_certificates_are_found_beside_the_settings(tmp_path: Path) -> None:
    loaded = read(tmp_path, "{server: https://horodatage.exemple.test/tsr, certificates: autorité.pem}")

    assert loaded.ok
    assert loaded.settings.time_stamps.certificates == tmp_path / "autorité.pem"


@pytest.mark.parametrize("stamps", ["{server: https://horodatage.exemple.test/tsr}", "{certificates: autorité.pem}"])
def test_a_server_without_certificates_and_the_reverse_are_refused(tmp_path: Path, stamps: str) -> None:
    (fault,) = read(tmp_path, stamps).errors

    assert "server and certificates together" in str(fault)


def test_there_is_no_time_stamp_unless_somebody_asks_for_it(tmp_path: Path) -> None:
    assert read(tmp_path, "{}").settings.time_stamps.server is None

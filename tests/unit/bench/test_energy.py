import socket

import pytest

from advisor.core.errors import BadInput
from bench.measure.energy import Consumed, Energy, check_country, energy_of, readings

MODELLED = Consumed(cpu_j=20.0, gpu_j=0.0, ram_j=30.0, seconds=5.0, co2_g=None, cpu_counted=False)
COUNTED = MODELLED._replace(cpu_counted=True, gpu_j=100.0)


def by_metric(consumed, **said):
    found = readings(consumed, 100, version="3", country=None, **said)
    return {reading.metric: reading for reading in found}


def test_without_a_counter_energy_is_modelled_and_says_so():
    found = by_metric(MODELLED)
    assert found["energy_j_per_item"].value == pytest.approx(0.5)
    assert found["power_mean_w"].value == pytest.approx(10.0)
    assert {reading.basis for reading in found.values()} == {"modelled"}
    assert "processor 4 W modelled from its rated power" in found["energy_j_per_item"].method
    assert "memory 6 W modelled" in found["energy_j_per_item"].method


def test_with_a_counter_only_what_was_counted_is_in_the_number():
    found = by_metric(COUNTED)
    assert found["energy_j_per_item"].value == pytest.approx(1.2)
    assert found["energy_j_per_item"].basis == "measured"
    assert "memory not counted" in found["energy_j_per_item"].method
    assert "accelerator 20 W by counter" in found["energy_j_per_item"].method


def test_carbon_needs_a_stated_country():
    assert "co2_g_per_item" not in by_metric(MODELLED)
    found = readings(MODELLED._replace(co2_g=2.0), 100, version="3", country="DEU")
    carbon = {reading.metric: reading for reading in found}["co2_g_per_item"]
    assert (carbon.value, carbon.basis) == (0.02, "modelled")
    assert carbon.method.endswith("mean mix of DEU")


@pytest.mark.parametrize("code", ["DE", "Germany", "", "1X2"])
def test_what_is_no_country_code_is_refused_at_once(code):
    with pytest.raises(BadInput, match="three letters"):
        check_country(code)


@pytest.mark.slow
def test_a_country_that_codecarbon_does_not_know_is_refused():
    assert check_country(" deu ") == "DEU"
    with pytest.raises(BadInput, match="no electricity mix"):
        check_country("XXX")


@pytest.mark.slow
@pytest.mark.parametrize("country", [None, "DEU"])
def test_the_meter_runs_without_a_network_and_is_never_the_one_that_asks_it(
    country, monkeypatch, tmp_path, capfd
):
    import codecarbon
    from codecarbon.core.cpu import is_rapl_available

    def refuse(*_args, **_kwargs):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(codecarbon.EmissionsTracker, "__init__", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.chdir(tmp_path)
    missing: dict[str, str] = {}
    found = energy_of(sum, [[1, 2, 3]], Energy(country=country, seconds=1.2), missing)
    metrics = {reading.metric: reading for reading in found}
    energy = metrics["energy_j_per_item"]
    assert energy.basis == ("measured" if is_rapl_available() else "modelled")
    assert energy.value > 0
    assert ("co2_g_per_item" in metrics) == (country is not None)
    assert (missing == {}) == (country is not None)
    assert list(tmp_path.iterdir()) == []
    said = capfd.readouterr()
    assert said.out == said.err == ""

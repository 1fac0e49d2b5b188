"""Energy of one item by codecarbon, offline: counted where the machine has a counter, else from a model of power."""

from __future__ import annotations

import logging
import re
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from advisor._lazy import need
from advisor.core.errors import BadInput, MissingExtra
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

J_PER_KWH: Final = 3.6e6
_ANY_COUNTRY: Final = "USA"
"""What the tracker is told when no country is stated: it must be told one. Energy does not depend on it, and
the emissions that do are then not read."""
_CODE: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """That energy is to be measured."""

    country: str | None = None
    """ISO 3166 code of three letters; CO2 is only given with one."""
    seconds: float = 3.0
    """How long the calls go on; the meter is read about once a second."""


class Consumed(NamedTuple):
    """What the meter says of a phase, in J, seconds and grams."""

    cpu_j: float
    gpu_j: float
    ram_j: float
    seconds: float
    co2_g: float | None
    cpu_counted: bool
    """Whether a counter of the processor was read (RAPL), and not a model of its power."""


def check_country(code: str) -> str:
    """The code in capitals. Raises: BadInput: not a country whose electricity codecarbon knows."""
    said = code.strip().upper()
    if _CODE.fullmatch(said) is None:
        raise BadInput(f"--country {code!r}: write the three letters of ISO 3166, e.g. DEU")
    known = need("codecarbon.input", extra="bench").DataSource().get_global_energy_mix_data()
    if said not in known:
        raise BadInput(f"--country {code!r}: codecarbon knows no electricity mix of such a country")
    return said


def energy_of(
    call: Callable[[Sequence[Any]], object],
    batches: Sequence[Sequence[Any]],
    asked: Energy,
    missing: dict[str, str],
) -> list[Reading]:
    """energy_j_per_item and power_mean_w while `batches` are gone through, and co2_g_per_item with a country.

    missing: gets the reason where the meter gave nothing, or is not installed.
    """
    try:
        rapl = need("codecarbon.core.cpu", extra="bench").is_rapl_available
    except MissingExtra as absent:
        missing["energy_j_per_item"] = str(absent)
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, on what it finds missing on this machine
        meter = _meter(asked.country)
        meter.start()
        n_items, begun = 0, time.perf_counter()
        try:
            while not n_items or time.perf_counter() - begun < asked.seconds:
                for batch in batches:
                    call(batch)
                    n_items += len(batch)
        finally:
            seconds = time.perf_counter() - begun
            meter.stop()
    data = getattr(meter, "final_emissions_data", None)
    if data is None or not data.energy_consumed > 0:
        missing["energy_j_per_item"] = "codecarbon read nothing"
        return []
    consumed = Consumed(
        cpu_j=data.cpu_energy * J_PER_KWH, gpu_j=data.gpu_energy * J_PER_KWH, ram_j=data.ram_energy * J_PER_KWH,
        seconds=seconds, co2_g=data.emissions * 1_000 if asked.country else None,
        cpu_counted=rapl(),
    )  # fmt: skip
    if asked.country is None:
        missing["co2_g_per_item"] = "no country was stated (--country)"
    return readings(consumed, n_items, version=str(data.codecarbon_version), country=asked.country)


def readings(
    consumed: Consumed, n_items: int, *, version: str, country: str | None
) -> list[Reading]:
    """Rows of one phase.

    "measured": the processor's counter was read, and what has none (memory) is left out; "modelled": the
    processor's share is a model's, memory's likewise. An accelerator's is always a counter's.
    """
    counted = consumed.cpu_counted
    basis: Literal["measured", "modelled"] = "measured" if counted else "modelled"
    joule = consumed.cpu_j + consumed.gpu_j + (0.0 if counted else consumed.ram_j)
    parts = [
        f"processor {consumed.cpu_j / consumed.seconds:.3g} W "
        + ("by RAPL, other programs included" if counted else "modelled from its rated power"),
        *(
            [f"accelerator {consumed.gpu_j / consumed.seconds:.3g} W by counter"]
            if consumed.gpu_j
            else []
        ),
        "memory not counted"
        if counted
        else f"memory {consumed.ram_j / consumed.seconds:.3g} W modelled",
    ]
    method = f"codecarbon {version}, {consumed.seconds:.1f} s: {', '.join(parts)}; no interval"
    found = {
        "energy_j_per_item": (joule / n_items, basis),
        "power_mean_w": (joule / consumed.seconds, basis),
    }
    if consumed.co2_g is not None:
        found["co2_g_per_item"] = (consumed.co2_g / n_items, "modelled")
        method += f"; mean mix of {country}"
    return [
        Reading(metric=metric, value=value, n=n_items, basis=of, method=method)
        for metric, (value, of) in found.items()
    ]


def _meter(country: str | None) -> Any:
    """Codecarbon's offline tracker, silent, writing and sending nothing; never the one that asks the network."""
    codecarbon = need("codecarbon", extra="bench")
    logging.getLogger("codecarbon").setLevel(
        logging.CRITICAL
    )  # it speaks before it reads log_level
    return codecarbon.OfflineEmissionsTracker(
        country_iso_code=country or _ANY_COUNTRY, tracking_mode="process", measure_power_secs=1.0,
        output_methods=[], log_level="critical", electricitymaps_api_token=None,
    )  # fmt: skip

import pytest

from bench.measure.hardware import (
    MACHINE,
    Accelerator,
    accelerators,
    boosts,
    clock_hz,
    memory_limit_bytes,
    read_accelerators,
    this_machine,
)
from bench.report import hardware


def put(root, path, words):
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(words)


def test_the_machine_is_one_row_that_the_report_takes():
    row = this_machine()
    assert row.schema == MACHINE
    assert row.height == 1
    assert hardware(row.row(0, named=True)).name == row["name"][0]


def test_the_drivers_lines_are_read():
    said = "NVIDIA H200, 143771, 570.86.15\nTesla T4, [N/A], 535.1\nNVIDIA-SMI has failed\n"
    assert read_accelerators(said) == [
        Accelerator(name="NVIDIA H200", memory_bytes=143771 * 2**20, driver="570.86.15"),
        Accelerator(name="Tesla T4", memory_bytes=None, driver="535.1"),
    ]


def test_a_driver_that_fails_or_is_not_there_means_none(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert accelerators() == []
    put(tmp_path, "nvidia-smi", "#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    assert accelerators() == []
    put(tmp_path, "nvidia-smi", "#!/bin/sh\necho 'NVIDIA L4, 23034, 550.54'\n")
    assert [device.name for device in accelerators()] == ["NVIDIA L4"]


def test_the_least_limit_on_the_way_up_holds(tmp_path):
    put(tmp_path, "proc/self/cgroup", "0::/a/b\n")
    assert memory_limit_bytes(tmp_path) is None
    put(tmp_path, "sys/fs/cgroup/a/b/memory.max", "max\n")
    put(tmp_path, "sys/fs/cgroup/a/memory.max", "1000000\n")
    assert memory_limit_bytes(tmp_path) == 1_000_000
    put(tmp_path, "sys/fs/cgroup/a/b/memory.max", "5000\n")
    assert memory_limit_bytes(tmp_path) == 5000


def test_the_older_control_groups_say_none_with_a_huge_number(tmp_path):
    put(tmp_path, "proc/self/cgroup", "4:memory:/x\n3:cpu,cpuacct:/\n")
    put(tmp_path, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert memory_limit_bytes(tmp_path) is None
    put(tmp_path, "sys/fs/cgroup/memory/x/memory.limit_in_bytes", "2048\n")
    assert memory_limit_bytes(tmp_path) == 2048


@pytest.mark.parametrize(
    ("path", "words", "expected"),
    [
        ("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3700000\n", 3.7e9),
        ("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2596.148\n", 2.596148e9),
    ],
)
def test_the_clock_is_read_where_it_is_told(tmp_path, path, words, expected):
    assert clock_hz(tmp_path) is None
    put(tmp_path, path, words)
    assert clock_hz(tmp_path) == pytest.approx(expected)


def test_boost_is_yes_no_or_not_told(tmp_path):
    assert boosts(tmp_path) is None
    put(tmp_path, "sys/devices/system/cpu/intel_pstate/no_turbo", "1\n")
    assert boosts(tmp_path) is False
    put(tmp_path, "sys/devices/system/cpu/cpufreq/boost", "1\n")
    assert boosts(tmp_path) is True

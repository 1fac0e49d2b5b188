"""Build the wheel, install it alone elsewhere, and run the main job from there.

The snapshot and the facts files must be inside the wheel: nothing of the checkout is in reach.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TASK = "English FAQ retrieval for RAG, under 15 ms on CPU, at most 150M parameters"


def run(*command: str, cwd: Path) -> str:
    """Standard output of a command that must succeed, run without the checkout or its settings in reach."""
    environment = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("PYTHON", "ADVISOR", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} exited with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def main() -> None:
    """Exit non-zero, with the reason, unless the installed wheel answers."""
    with tempfile.TemporaryDirectory() as name:
        away = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(away), str(ROOT), cwd=away)
        (wheel,) = away.glob("*.whl")
        venv.create(away / "env", with_pip=True)
        python = str(away / "env" / "bin" / "python")
        constraints = str(ROOT / "constraints.txt")
        run(python, "-m", "pip", "install", "-q", "-c", constraints, str(wheel), cwd=away)
        advisor = str(away / "env" / "bin" / "advisor")
        answer = json.loads(run(advisor, "recommend", "--task", TASK, "--format", "json", cwd=away))
        assert answer["profile"]["task_family"] == "retrieval", answer["profile"]
        assert answer["verdict"]["kind"] != "none_feasible", answer["verdict"]
        assert answer["ranked"], "no model is ranked"
        assert "sha256" in run(advisor, "data", "verify", cwd=away), "data verify said nothing"
        told = "from advisor.render import document; print(document.read('METHOD.md')[0].anchor)"
        assert run(python, "-c", told, cwd=away).strip(), "METHOD.md is not in the wheel"
        run(advisor, "chart", "figure-1", "--format", "csv", "--out", "charts", cwd=away)
        assert (away / "charts" / "figure-1.csv").stat().st_size, "a chart's data needs no extra"
        refused = subprocess.run(
            [advisor, "dashboard", "--no-browser"],
            cwd=away,
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode == 5, refused  # its pages are in the wheel, Streamlit is an extra
        assert "slm-advisor[dashboard]" in refused.stderr, refused.stderr
        size = wheel.stat().st_size / 1e6
        print(
            f"wheel alone: {size:.1f} MB, answers {answer['verdict']['model_id']}: 1 passed, 0 failed"
        )


if __name__ == "__main__":
    main()

"""The model hub asked in seconds, before anything is fetched: can it be reached, is it there, may we have it, what is in it.

Its own client takes 23 s to say that there is no network.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from advisor.core.errors import BadInput, UnknownName, Unreachable

TIMEOUT_S: Final = 5.0
_OFFLINE: Final = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_DENIED: Final = frozenset({401, 403})
_PICKLES: Final = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFacts:
    """What the Hub says of a repository."""

    repo: str
    revision: str | None
    """The commit."""
    files: tuple[str, ...] = ()
    license: str | None = None
    is_cached: bool = field(default=False)
    """True: the Hub was not asked, or did not answer, and the files come from this machine's cache."""


def look(
    repo: str,
    *,
    kind: Literal["model", "dataset"] = "model",
    revision: str | None = None,
    called: str | None = None,
) -> HubFacts:
    """What the Hub says of `repo`, within TIMEOUT_S; this machine's cache answers where the Hub does not.

    called: the subject of the line that a failure ends in; `repo` by default.
    Raises: UnknownName: no such repository (or a private one); Unreachable: no network and nothing cached, a
    server that fails, or a gated repository without the right to it.
    """
    subject = called or repo
    if _offline():
        return _from_cache(
            repo, kind, revision, f"{subject} cannot be fetched: HF_HUB_OFFLINE is set"
        )
    path = f"api/{kind}s/{urllib.parse.quote(repo)}" + (f"/revision/{revision}" if revision else "")
    try:
        said: dict[str, Any] = json.loads(_get(path))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(repo, kind, error.code, subject) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        why = f"no network ({getattr(error, 'reason', None) or str(error) or type(error).__name__})"
        return _from_cache(repo, kind, revision, f"{subject} cannot be fetched: {why}")
    if said.get("gated"):
        _check_gate(repo, kind, said)
    return HubFacts(
        repo=repo, revision=said.get("sha"),
        files=tuple(part["rfilename"] for part in said.get("siblings") or ()),
        license=(said.get("cardData") or {}).get("license"),
    )  # fmt: skip


def reach_hub(*, wanted: str) -> None:
    """Nothing, where the hub can be reached. wanted: what it was needed for, for the message.

    Behind a proxy it is not looked at: only the client can tell.
    Raises: Unreachable: switched off by the environment, or nobody answers within TIMEOUT_S.
    """
    for name in _OFFLINE:
        if os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}:
            raise Unreachable(f"{wanted} is not on this machine, and {name} keeps the hub out")
    if any(os.environ.get(name) for name in _PROXIES):
        return
    address = urllib.parse.urlsplit(endpoint())
    port = address.port or (80 if address.scheme == "http" else 443)
    try:
        socket.create_connection((address.hostname or "", port), timeout=TIMEOUT_S).close()
    except OSError:
        raise Unreachable(
            f"{wanted} is not on this machine, and {endpoint()} cannot be reached"
        ) from None


def refuse_pickled(facts: HubFacts) -> None:
    """Nothing, where the weights are safetensors. Raises: BadInput: only pickled ones, which can run code."""
    if facts.is_cached or any(name.endswith(".safetensors") for name in facts.files):
        return
    if pickled := [name for name in facts.files if name.endswith(_PICKLES)]:
        raise BadInput(
            f"{facts.repo}: {pickled[0]} is a pickle, which can run any code when loaded, and there are no "
            "safetensors beside it"
        )


def endpoint() -> str:
    """$HF_ENDPOINT, else the public Hub."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _get(path: str, method: str = "GET") -> bytes:
    from huggingface_hub import get_token

    request = urllib.request.Request(f"{endpoint()}/{path}", method=method)  # noqa: S310 - the user's own Hub
    if token := get_token():
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the user's own Hub
        content: bytes = answer.read()
        return content


def _offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "TRUE", "YES", "ON"}


def _refused(repo: str, kind: str, code: int, subject: str) -> UnknownName | Unreachable:
    if code in {401, 404}:  # without a token the Hub answers 401 for what is not there
        return UnknownName(f"{repo}: the Hub has no such {kind}, or it is private (HTTP {code})")
    if code in _DENIED:
        return _gated(repo, kind)
    return Unreachable(f"{subject} cannot be fetched: the Hub answered {code}; try again later")


def _check_gate(repo: str, kind: str, said: dict[str, Any]) -> None:
    prefix = "datasets/" if kind == "dataset" else ""
    names = [part["rfilename"] for part in said.get("siblings") or ()]
    name = "config.json" if "config.json" in names else next(iter(names), "README.md")
    try:
        _get(f"{prefix}{repo}/resolve/{said.get('sha') or 'main'}/{name}", method="HEAD")
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in _DENIED:
            raise _gated(repo, kind) from None
    except OSError:
        return


def _gated(repo: str, kind: str) -> Unreachable:
    prefix = "datasets/" if kind == "dataset" else ""
    return Unreachable(
        f"{repo}: gated; accept its conditions at {endpoint()}/{prefix}{repo} and set HF_TOKEN"
    )


def _from_cache(
    repo: str, kind: Literal["model", "dataset"], revision: str | None, words: str
) -> HubFacts:
    """Facts without files. Raises: Unreachable: `words`, when this machine's cache does not hold it either."""
    if not (_model_cached(repo, revision) if kind == "model" else _dataset_cached(repo)):
        raise Unreachable(f"{words}; it is not in this machine's cache")
    return HubFacts(repo=repo, revision=revision, is_cached=True)


def _model_cached(repo: str, revision: str | None) -> bool:
    from huggingface_hub import try_to_load_from_cache

    found = (
        try_to_load_from_cache(repo, name, revision=revision)
        for name in ("config.json", "modules.json")
    )
    return any(isinstance(path, str) for path in found)


def has_datasets() -> bool:
    """Whether this machine has fetched any data set of the Hub before."""
    made, fetched = _dataset_folders()
    return any(made.glob("*___*")) or any(fetched.glob("datasets--*"))


def _dataset_cached(repo: str) -> bool:
    made, fetched = _dataset_folders()
    part = fetched / f"datasets--{repo.replace('/', '--')}" / "snapshots"
    return (made / repo.replace("/", "___").lower()).is_dir() or part.is_dir()


def _dataset_folders() -> tuple[Path, Path]:
    """Where the datasets library keeps prepared data, and where the Hub's files lie."""
    from huggingface_hub import constants

    made = os.environ.get("HF_DATASETS_CACHE") or Path(constants.HF_HOME) / "datasets"
    return Path(made), Path(constants.HF_HUB_CACHE)

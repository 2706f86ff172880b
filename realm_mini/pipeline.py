"""From text to a trained REALM: all stages in their order, each picked up where it was left.

tokenizer -> tagger -> ICT -> reader warm-up -> joint pre-training -> question fine-tuning, and beside
them what REALM is compared with.  A stage that has finished has its folder below ``RUN/stages``; a
second call goes on after it.  Several processes may run it together: all make the same calls, and only the
first of them looks into the folder.  Level 9.
"""

import copy
import json
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import torch

from realm_mini import evaluate, train
from realm_mini.background import SnapshotRefresher, refresher_for
from realm_mini.config import RealmConfig
from realm_mini.corpus import Sentence
from realm_mini.finetuning import finetune
from realm_mini.fit import Step, fit, rng_for, seeded
from realm_mini.lexical import Lexical
from realm_mini.masking import (
    GazetteerTagger,
    MaskedExample,
    Span,
    Tagger,
    tag_dates,
    tagger_scores,
    union,
)
from realm_mini.model import Realm
from realm_mini.opening import WHOLE, open_folder, run_tokenizer
from realm_mini.parallel import ALONE, Workers
from realm_mini.reader import Reader
from realm_mini.retriever import Retriever
from realm_mini.speed import trains_in_bfloat16
from realm_mini.stage import SAVE_EVERY, Companion, Stage, load_together
from realm_mini.streams import examples, masked_held_out, split_news
from realm_mini.taggers import TokenTagger, tagging_batches, tagging_examples, tagging_loss
from realm_mini.world import World

Log = Callable[[str, Step, int], None]
Module = TypeVar("Module", bound=torch.nn.Module)


class Run:
    """One training run in one folder."""

    def __init__(
        self,
        folder: str | Path,
        world: World,
        config: RealmConfig,
        device: str = "cpu",
        log: Log | None = None,
        *,
        child: bool = True,
        save_every: int = SAVE_EVERY,
        tagger: Tagger | None = None,
        workers: Workers = ALONE,
    ) -> None:
        """Start a run, or go on with the one in ``folder``.

        ``child``: start an index builder when one is needed, instead of expecting one elsewhere.
        ``save_every``: steps between two saved states of a stage.
        ``tagger``: finds what to hide, instead of the run's own (:attr:`tagger`).
        ``workers``: the processes that train together, this one among them.

        Raises:
            RealmError: the folder holds a run of another configuration or corpus, or is in use; or a
                batch cannot be split over the workers.
        """
        self.child, self.save_every, self.workers = child, save_every, workers
        self.folder, self.world, self.config, self.device = Path(folder), world, config, device
        self.log = log or (lambda stage, step, steps: None)
        self.stages = self.folder / "stages"
        if tagger is not None:
            self.tagger = tagger
        self._lock = open_folder(self.folder, config, world, workers, tagger=tagger)
        self.held_out, self.news = split_news(world, config.seed)
        self.tokenizer = run_tokenizer(self.folder, config, world, workers)
        self.realm = Realm.create(config, self.tokenizer, world.corpus).to(device)
        self.lexical = Lexical(world.corpus)
        self.figures: dict[str, Any] = {}

    def stage(
        self,
        name: str,
        modules: dict[str, torch.nn.Module],
        steps: Callable[[], Iterator[Step]],
        total: int,
        companion: Companion | None = None,
    ) -> None:
        """Run one stage to its end, from where it was left, or load what it made when it was run before."""
        stage = Stage(
            *(self.folder, name, modules, lambda step: self.log(name, step, total)),
            *(companion, self.save_every, self.workers),
        )
        with seeded(self.config.seed, f"dropout {name}"):
            self.figures[name] = stage.complete(steps, lambda: self.probe(name), whole=name in WHOLE)

    def probe(self, stage: str) -> dict[str, Any]:
        """Return the evaluation that is due after a stage: dense recall and held-out masked news."""
        if stage not in ("ict", "pretrain"):
            return {}
        self.realm.build_index()
        found: dict[str, Any] = {}
        if dev := self.world.questions.get("dev"):
            found["dev_recall"] = evaluate.dense_recall(self.realm, dev).gold
        if stage == "pretrain" and (masked := self.masked_held_out()):
            gold = [self._gold(e) for e in masked]
            found["held_out"] = evaluate.probe(self.realm, masked, gold if any(gold) else None)
        return json.loads(json.dumps(found))

    def masked_held_out(self) -> list[MaskedExample]:
        """Return the held-out news with one gold span hidden each, for evaluation only.

        Where the texts come without gold spans, one that the tagger finds.
        """
        tagger = None if any(s.gold.get("spans") for s in self.held_out) else self.tagger
        return masked_held_out(self.world, self.config.seed, self.tokenizer, self.realm.collator, tagger)

    def _gold(self, example: MaskedExample) -> list[int]:
        gold = {s.text: s.gold.get("passages", []) for s in self.held_out}
        return self.world.corpus.gold_rows(gold[example.text])

    def fresh(self, make: Callable[[], Module], name: str = "") -> Module:
        """Return a new module, its weights drawn from the run's seed and ``name``, on its device."""
        with seeded(self.config.seed, f"init {name}"):
            return make().to(self.device)

    def blank(self, part: str) -> torch.nn.Module:
        """Return a module of the kind that a stage saves as ``part``, ready to load weights into."""
        encoder, pad = self.config.encoder, self.tokenizer.pad
        makers: dict[str, Callable[[], torch.nn.Module]] = {
            "retriever": lambda: Retriever(self.config.retriever, encoder, pad),
            "reader": lambda: Reader(encoder, pad),
            "tagger": lambda: TokenTagger(encoder, self.tokenizer),
        }
        return self.fresh(makers[part])

    @cached_property
    def tagger(self) -> Tagger:
        """Return dates + titles + the trained tagger where there are annotated passages, or the one given."""
        plain = union(tag_dates, GazetteerTagger(p.title for p in self.world.corpus))
        config = self.config.stages.tagger
        if not self.world.annotated or config.steps == 0:
            return plain
        trained = self.fresh(lambda: TokenTagger(self.config.encoder, self.tokenizer), "tagger")

        def steps() -> Iterator[Step]:
            rows = [self.world.corpus[self.world.corpus.row(i)] for i in self.world.annotated]
            pairs = tagging_examples([p.text for p in rows], [self.world.annotated[p.id] for p in rows])
            batches = tagging_batches(trained, pairs, config.batch, rng_for(self.config.seed, "tagger"))
            return fit(lambda batch: tagging_loss(trained, batch), batches, [(trained, 1.0)], config)

        self.stage("tagger", {"tagger": trained}, steps, config.steps)
        texts = [s.text for s in self.world.news]
        found = self.workers.share(lambda: trained.tag_many(texts))
        known = {text: [Span(*s) for s in spans] for text, spans in zip(texts, found, strict=True)}
        tagger = union(lambda text: known[text] if text in known else trained(text), plain)
        compared = {"dates": tag_dates, "titles and dates": plain, "trained": trained, "all": tagger}
        self.workers.first(lambda: self._score_taggers(compared))
        return tagger

    def _score_taggers(self, taggers: dict[str, Tagger]) -> None:
        gold = [[Span(*s) for s in x.gold.get("spans", [])] for x in self.held_out]
        if any(gold):
            texts = [x.text for x in self.held_out]
            scores = {name: tagger_scores([t(x) for x in texts], gold) for name, t in taggers.items()}
            self.figures["taggers"] = {n: {k: round(v, 3) for k, v in s.items()} for n, s in scores.items()}

    def masked(self, name: str, texts: Sequence[Sentence]) -> Iterator[MaskedExample]:
        """Return an endless stream of masked texts for one stage."""
        rng = rng_for(self.config.seed, f"mask {name}")
        return examples(texts, self.tokenizer, self.realm.collator, rng, self.config.objective, self.tagger)

    def pretrain(self, *, joint: bool = True) -> None:
        """Run all stages up to joint pre-training, or, without ``joint``, up to the warm-up of the reader."""
        realm, stages, seed = self.realm, self.config.stages, self.config.seed
        both = {"retriever": realm.retriever, "reader": realm.reader}
        search, objective = self.config.search, self.config.objective
        if stages.warmup.steps and not self.world.annotated:  # there is no tagger to be trained first
            next(self.masked("warmup", self.news))  # texts that hide nothing are told of before ICT
        self.stage(
            "ict",
            {"retriever": realm.retriever},
            lambda: train.inverse_cloze(realm.retriever, realm.collator, stages.ict, rng_for(seed, "ict")),
            stages.ict.steps,
        )
        self.stage(
            "warmup",
            {"reader": realm.reader},
            lambda: train.warm_up(
                realm.reader,
                realm.collator,
                self.lexical,
                self.masked("warmup", self.news),
                stages.warmup,
                self.workers,
            ),
            stages.warmup.steps,
        )
        if not joint:
            return
        refresher = self._refresher()
        with refresher or nullcontext():
            self.stage(
                "pretrain",
                both,
                lambda: train.pretrain(
                    *(realm.retriever, realm.reader, realm.collator),
                    *(self.masked("pretrain", self.news), stages.pretrain, search, objective),
                    *(refresher, self.lexical, self.workers),
                ),
                stages.pretrain.steps,
                refresher,
            )

    def _refresher(self, every: int | None = None) -> SnapshotRefresher | None:
        lends = self.workers.count == 1
        return self.workers.first(
            lambda: refresher_for(
                *(self.config, self.realm.retriever, self.realm.collator, self.folder),
                child=self.child,
                lends=lends,
                every=every,
            )
        )

    @property
    def questions_k(self) -> int:
        """Return how many candidates a training question has, the null document included."""
        return min(self.config.questions_k, len(self.world.corpus))

    def finetune(self, name: str = "finetune") -> None:
        """Fine-tune on the training questions and build the index that answers.

        With ``RefreshConfig.questions`` the document side learns along, and nothing is kept for ``fill``.
        """
        realm, config, every = self.realm, self.config.stages.finetune, self.config.refreshing.questions
        if not every:
            realm.keep_pretrained()
        refresher = self._refresher(every) if every else None
        with refresher or nullcontext():
            self.stage(
                name,
                {"retriever": realm.retriever, "reader": realm.reader},
                lambda: finetune(
                    *(realm.retriever, realm.reader, realm.collator),
                    self.world.questions["train"],
                    config,
                    self.config.objective,
                    rng_for(self.config.seed, "questions"),
                    k=self.questions_k,
                    refresher=refresher,
                    workers=self.workers,
                ),
                config.steps,
                refresher,
            )
        realm.answers_questions = True
        self.workers.first(realm.build_index)

    def provenance(self, command: str, commit: str) -> dict[str, Any]:
        """Return how these weights came to be: command, seed, commit, figures, versions."""
        packages = ("torch", "transformers", "tokenizers", "faiss-cpu", "bm25s", "numpy")
        half = trains_in_bfloat16(torch.device(self.device).type)
        return {
            "command": command,
            "commit": commit,
            "seed": self.config.seed,
            "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, {self.device}",
            "products": "bfloat16 in training" if half else "float32",
            "processes": self.workers.count,
            "python": platform.python_version(),
            "versions": {name: version(name) for name in packages},
            "figures": self.figures,
        }

    def at(self, retriever_stage: str, reader_stage: str) -> "Run":
        """Return a view of this run with the weights that two stages left (ORQA, ablations)."""
        view = copy.copy(self)
        view.realm = Realm.create(self.config, self.tokenizer, self.world.corpus, self.realm.collator).to(
            self.device
        )
        files = (f"{retriever_stage}/retriever.safetensors", f"{reader_stage}/reader.safetensors")
        modules = (view.realm.retriever, view.realm.reader)
        load_together(modules, [self.stages / file for file in files], self.workers)
        return view

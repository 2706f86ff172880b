"""Every choice of a run, as frozen dataclasses: checked when made, to and from JSON.

A run is a function that returns a :class:`RealmConfig`, as those in :mod:`realm_mini.presets`.  Vary one
with :func:`dataclasses.replace`.  A configuration names a seed; it never seeds, never moves a tensor, never
reads the clock.

Level 0: imports only :mod:`realm_mini.errors`.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args

from realm_mini.errors import RealmError

EncoderKind = Literal["modernbert", "bert"]
MaskKind = Literal["salient", "span", "uniform"]
ProposalKind = Literal["dense", "mixed", "lexical"]
MarginalKind = Literal["whole", "token"]
SpanKind = Literal["passage", "joint"]
PoolingKind = Literal["cls", "mean"]
RefreshKind = Literal["inline", "background"]
_LAG = 20  # steps: twice what a rebuild of the pocket world takes on two cores


def _choice(where: str, value: str, kinds: object) -> None:
    allowed = get_args(kinds)
    if value not in allowed:
        raise RealmError(f"{where}={value!r} is not known. Choose one of: {', '.join(allowed)}.")


def _at_least(where: str, value: float, low: float) -> None:
    if not value >= low:
        raise RealmError(f"{where}={value} is too small. Use at least {low}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class EncoderConfig:
    """A Transformer encoder, made by ``transformers`` (section 3.2 uses BERT-base).

    ``kind``: "modernbert" is pre-LN with rotary positions, "bert" the paper's post-LN.
    ``checkpoint``: a folder or hub name of a pre-trained encoder; it overrides all the rest.
    """

    kind: EncoderKind = "modernbert"
    checkpoint: str = ""
    vocab: int = 8000
    hidden: int = 128
    layers: int = 3
    heads: int = 4
    feedforward: int = 256
    positions: int = 256

    def __post_init__(self) -> None:
        object.__setattr__(self, "checkpoint", str(self.checkpoint))  # a Path is as good
        _choice("EncoderConfig.kind", self.kind, EncoderKind)
        _at_least("EncoderConfig.vocab", self.vocab, 8)
        for name in ("hidden", "layers", "heads", "feedforward", "positions"):
            _at_least(f"EncoderConfig.{name}", getattr(self, name), 1)
        if self.hidden % self.heads:
            raise RealmError(
                f"EncoderConfig.hidden={self.hidden} cannot be split over heads={self.heads}. "
                "Make hidden a multiple of heads."
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class LengthConfig:
    """Longest inputs, in wordpieces, special tokens included.

    ``qlen`` for x, ``dlen`` for a title with its body, ``jlen`` for x joined with a body;
    ``masks`` for masked wordpieces of one x; ``span`` for an answer span in questions.
    """

    qlen: int = 56
    dlen: int = 136
    jlen: int = 184
    masks: int = 10
    span: int = 10

    def __post_init__(self) -> None:
        for f in fields(self):
            least = {"qlen": 3, "dlen": 4}.get(f.name, 1)  # the special tokens and one more
            _at_least(f"LengthConfig.{f.name}", getattr(self, f.name), least)
        if self.jlen <= self.qlen + 1:
            room = f"leaves no room for a passage after qlen={self.qlen}"
            raise RealmError(f"LengthConfig.jlen={self.jlen} {room}. Raise jlen.")


@dataclass(frozen=True, kw_only=True, slots=True)
class RetrieverConfig:
    """The dual encoder (section 3.2): ``dim`` of the vectors; one tower for both sides or two.

    ``pooling``: which state is projected, that of [CLS] (the paper) or the mean of all.
    """

    dim: int = 128
    share_towers: bool = True
    pooling: PoolingKind = "mean"

    def __post_init__(self) -> None:
        _choice("RetrieverConfig.pooling", self.pooling, PoolingKind)
        _at_least("RetrieverConfig.dim", self.dim, 2)  # one number after LayerNorm is always 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchConfig:
    """Which candidates z a sentence x meets in pre-training (section 3.3 and 3.4).

    ``k`` counts the null document ("8 candidates, including the null").  ``proposal``: "dense" is
    the paper; "mixed" takes ``lexical`` of the places from BM25, fading to none over ``fade``
    steps (0: never); "lexical" takes all from BM25.  Scores always come from the dense retriever.
    ``factory`` is a FAISS index description.  ``ban_origin``: prohibit trivial retrieval.  ``null``: the
    null document is among the ``k``; for questions it always is, whatever pre-training did.
    ``questions_k``: candidates of a question in fine-tuning, null included, as many as there are at
    most; with one softmax over all spans it is ``k``, for then every candidate has to be read.
    ``look``: masked texts looked at for each one trained on; those come first of which some candidate
    holds the hidden words (1 is the paper: train on all).
    """

    k: int = 6
    questions_k: int = 6
    null: bool = True
    ban_origin: bool = True
    proposal: ProposalKind = "mixed"
    lexical: int = 2
    fade: int = 400
    look: int = 2
    factory: str = "Flat"

    def __post_init__(self) -> None:
        _choice("SearchConfig.proposal", self.proposal, ProposalKind)
        least = {"k": 1 + self.null, "questions_k": 2, "lexical": 0, "fade": 0, "look": 1}
        for name, low in least.items():
            _at_least(f"SearchConfig.{name}", getattr(self, name), low)
        if self.proposal == "mixed" and self.lexical > self.k - self.null:
            raise RealmError(
                f"SearchConfig.lexical={self.lexical} is more than the {self.k - self.null} real "
                f"places that k={self.k} leaves. Lower lexical or raise k."
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """One stage of training: AdamW, linear warm-up, then constant or linear decay to nothing.

    ``lr`` is reached after ``warmup`` steps, whatever ``steps`` is.  ``retriever_ratio``: the retriever's
    learning rate as a share of the reader's.
    """

    steps: int
    batch: int
    lr: float
    warmup: int = 50
    decay: bool = True
    clip: float = 1.0
    retriever_ratio: float = 1.0

    def __post_init__(self) -> None:
        for name, low in (("steps", 0), ("batch", 1), ("warmup", 0), ("clip", 1e-6), ("retriever_ratio", 0)):
            _at_least(f"TrainConfig.{name}", getattr(self, name), low)
        if not 0 < self.lr < 1:
            raise RealmError(f"TrainConfig.lr={self.lr} is not a learning rate. Use one between 0 and 1.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectiveConfig:
    """Which form of the likelihood is trained.

    ``mask``: how x is masked.  ``marginal``: "whole" sums z out of the whole span (eq. 1), "token"
    of each wordpiece (the official code).  ``span``: softmax over the spans of each passage (the
    paper) or jointly over all passages (the official code), in training and in answering.
    ``refresh``: steps between two rebuilds of the index, 0 for never.  ``pointing``: in pre-training
    the reader also points at the hidden words in the passages that hold them, so that its span head
    does not forget.  ``others``: the candidates of a batch's other texts stand in the softmax p(z|x) too,
    unread: each is taken to tell what the null document tells.
    """

    mask: MaskKind = "salient"
    marginal: MarginalKind = "whole"
    span: SpanKind = "passage"
    refresh: int = 100
    pointing: bool = True
    others: bool = False

    def __post_init__(self) -> None:
        _choice("ObjectiveConfig.mask", self.mask, MaskKind)
        _choice("ObjectiveConfig.marginal", self.marginal, MarginalKind)
        _choice("ObjectiveConfig.span", self.span, SpanKind)
        _at_least("ObjectiveConfig.refresh", self.refresh, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshConfig:
    """Who rebuilds the index, and when the new one comes into use (section 3.3).

    A snapshot of the retriever is taken every ``ObjectiveConfig.refresh`` steps times ``factor`` (the
    paper's ablation: 30 is its stale index; 0 is never).  ``mode``: "inline" stops training and
    rebuilds; "background" leaves it to another process, which on the same machine has half of the threads
    between a snapshot and the swap.  ``lag``: the steps after which the index of a snapshot comes into use,
    waited for if late, never more than the steps between two snapshots, best a little more than a rebuild
    takes; -1: as soon as it is whole, and training never waits.  Inline, the default, looks at no ``lag``:
    on two cores it costs no more.  Runs of one mode repeat to the bit unless ``lag=-1``.
    ``questions``: steps of fine-tuning between two snapshots, the document side learning along; 0 is the
    paper, which leaves the document side and its index as pre-training made them (section 3.3).
    """

    mode: RefreshKind = "inline"
    factor: int = 1
    lag: int = _LAG
    questions: int = 0

    def __post_init__(self) -> None:
        _choice("RefreshConfig.mode", self.mode, RefreshKind)
        _at_least("RefreshConfig.factor", self.factor, 0)
        _at_least("RefreshConfig.lag", self.lag, -1)
        _at_least("RefreshConfig.questions", self.questions, 0)
        if self.mode == "inline":
            object.__setattr__(self, "lag", _LAG)


@dataclass(frozen=True, kw_only=True, slots=True)
class StagesConfig:
    """The stages in their order (sections 3.3, 3.4 and 4): see :mod:`realm_mini.pipeline`."""

    tagger: TrainConfig
    ict: TrainConfig
    warmup: TrainConfig
    pretrain: TrainConfig
    finetune: TrainConfig
    closed_pretrain: TrainConfig
    closed_finetune: TrainConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class RealmConfig:
    """All of a run."""

    stages: StagesConfig
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    lengths: LengthConfig = field(default_factory=LengthConfig)
    retriever: RetrieverConfig = field(default_factory=RetrieverConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    refreshing: RefreshConfig = field(default_factory=RefreshConfig)
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", int(self.seed))
        _at_least("RealmConfig.seed", self.seed, 0)
        if self.objective.others and not self.search.null:
            raise RealmError("ObjectiveConfig.others needs the null document. Set SearchConfig.null=True.")
        for name in ("dlen", "jlen"):
            length = getattr(self.lengths, name)
            if not self.encoder.checkpoint and length > self.encoder.positions:
                raise RealmError(
                    f"LengthConfig.{name}={length} is longer than EncoderConfig.positions="
                    f"{self.encoder.positions}. Lower {name} or raise positions."
                )

    @property
    def questions_k(self) -> int:
        """Return how many candidates a training question has at most, the null document included."""
        return self.search.k if self.objective.span == "joint" else self.search.questions_k

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as plain dictionaries, ready for JSON."""
        return json.loads(json.dumps(asdict(self), default=lambda value: value.item()))  # NumPy's numbers

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "RealmConfig":
        """Return the configuration written by :meth:`to_dict`.

        Raises:
            RealmError: a key is unknown or a value is not allowed; the message lists the keys.
        """
        return _from_dict(cls, values, "config")


def _from_dict(cls: type, values: Any, where: str) -> Any:  # noqa: ANN401
    if not isinstance(values, dict):
        raise RealmError(f"{where} must be a JSON object, not {type(values).__name__}.")
    known = {f.name: f.type for f in fields(cls)}
    if unknown := sorted(set(values) - set(known)):
        raise RealmError(f"{where} has no {unknown[0]!r}. Known: {', '.join(known)}.")
    made = {
        name: _from_dict(known[name], value, f"{where}.{name}")
        if isinstance(known[name], type) and hasattr(known[name], "__dataclass_fields__")
        else value
        for name, value in values.items()
    }
    for name, value in made.items():
        kind = known[name]
        if kind in (bool, int, float, str) and type(value) not in (kind, int if kind is float else kind):
            raise RealmError(f"{where}.{name} is {value!r}, but must be of type {kind.__name__}. Change it.")
    try:
        return cls(**made)
    except TypeError as error:
        raise RealmError(f"{where} cannot be read ({error}). Write all its fields.") from error

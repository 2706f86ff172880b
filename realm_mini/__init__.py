"""REALM (Guu et al. 2020) in miniature: retrieval learnt from the language-model loss alone.

>>> import realm_mini
>>> realm_mini.normalize_answer("The Hague!")
'hague'

Names are imported on first use, so that ``import realm_mini`` itself is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realm_mini.answers import Answer as Answer
    from realm_mini.bulk import build_mapped_index as build_mapped_index
    from realm_mini.checkpoints import tokenizer_of as tokenizer_of
    from realm_mini.config import RealmConfig as RealmConfig
    from realm_mini.corpus import Corpus as Corpus
    from realm_mini.corpus import Passage as Passage
    from realm_mini.corpus import Question as Question
    from realm_mini.corpus import Sentence as Sentence
    from realm_mini.documents import load_corpus as load_corpus
    from realm_mini.documents import stream_passages as stream_passages
    from realm_mini.entities import pipeline_tagger as pipeline_tagger
    from realm_mini.entities import spacy_tagger as spacy_tagger
    from realm_mini.errors import RealmError as RealmError
    from realm_mini.metrics import exact_match as exact_match
    from realm_mini.model import Realm as Realm
    from realm_mini.names import NameTagger as NameTagger
    from realm_mini.presets import small as small
    from realm_mini.presets import tiny as tiny
    from realm_mini.questions import fetch_questions as fetch_questions
    from realm_mini.questions import load_questions as load_questions
    from realm_mini.recipe import adapt_realm as adapt_realm
    from realm_mini.recipe import train_realm as train_realm
    from realm_mini.store import StoredCorpus as StoredCorpus
    from realm_mini.text import Tokenizer as Tokenizer
    from realm_mini.text import normalize_answer as normalize_answer

__version__ = "0.1.0"

_HOME = {
    "Answer": "answers",
    "Corpus": "corpus",
    "NameTagger": "names",
    "Passage": "corpus",
    "Question": "corpus",
    "Realm": "model",
    "RealmConfig": "config",
    "RealmError": "errors",
    "Sentence": "corpus",
    "StoredCorpus": "store",
    "Tokenizer": "text",
    "adapt_realm": "recipe",
    "build_mapped_index": "bulk",
    "exact_match": "metrics",
    "fetch_questions": "questions",
    "load_corpus": "documents",
    "load_questions": "questions",
    "normalize_answer": "text",
    "pipeline_tagger": "entities",
    "small": "presets",
    "spacy_tagger": "entities",
    "stream_passages": "documents",
    "tiny": "presets",
    "tokenizer_of": "checkpoints",
    "train_realm": "recipe",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in _HOME:
        raise AttributeError(f"module 'realm_mini' has no attribute {name!r}")
    return getattr(import_module(f"realm_mini.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})

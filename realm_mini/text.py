"""Strings in, wordpiece ids out: the tokenizer, sentence splitting and answer normalisation.

A thin layer over Hugging Face ``tokenizers`` (no torch, no ``transformers``), so that asking a
shipped model starts fast.  Level 1.
"""

import json
import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding, models, normalizers, pre_tokenizers, trainers
from tokenizers import Tokenizer as Backend

from realm_mini.errors import RealmError, read_text, write_text
from realm_mini.offsets import after_marks, before_word, words_without_punctuation

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ALIASES = {"[PAD]": "<pad>", "[UNK]": "<unk>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}
_ABBREVIATION = re.compile(
    r"\b(?:[A-Z]|St|Dr|Mr|Mrs|Ms|Jr|Sr|Mt|Ft|No|vs|etc|Inc|Co|Corp|Ltd|Bros|Gen|Col|Capt|Lt|Sgt|Maj|Prof|Rev"
    r"|Gov|Sen|Rep|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|ca?|cf|pp?|[Vv]ol|[Ff]ig)\.$"
)
# Full stops of Hindi, Armenian, Ethiopic, Arabic and Urdu need a space behind them as ours do, those of
# Chinese and Japanese none.
_SENTENCE_END = re.compile(
    r"(?:[.!?\u0964\u0589\u1362\u061f\u06d4][\"')\]”’»]*\s+|[\u3002\uff01\uff1f\uff61][」』）】”’]*\s*)"
    r"(?=[\"'(\[“‘«「『（]*(\S))"
)
_PUNCTUATION = str.maketrans("", "", string.punctuation)
Measure = Callable[[Sequence[str]], Sequence[int]]  # how long each of some texts is


@dataclass(frozen=True, slots=True)
class Pieces:
    """Wordpieces of one text: ``ids``, character ``starts`` and ``ends``, ``word`` numbers."""

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    words: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def cut(self, length: int) -> "Pieces":
        """Return the first ``length`` wordpieces."""
        return Pieces(self.ids[:length], self.starts[:length], self.ends[:length], self.words[:length])


class Tokenizer:
    """An uncased WordPiece tokenizer (section 3.4 uses uncased BERT), or any Hugging Face one.

    ``encode`` adds no special tokens; :mod:`realm_mini.batch` does.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend = _spaced(backend)
        backend.no_padding()
        backend.no_truncation()
        self.special = tuple(self._find(name) for name in SPECIAL)
        self.pad, self.unk, self.cls, self.sep, self.mask = self.special

    def _find(self, name: str) -> int:
        for token in (name, _ALIASES[name]):
            if (found := self.backend.token_to_id(token)) is not None:
                return found
        raise RealmError(
            f"The tokenizer has no {name} token (nor {_ALIASES[name]}). Use that of a masked language model."
        )

    @property
    def vocab(self) -> int:
        """Return the number of wordpieces."""
        return self.backend.get_vocab_size()

    @classmethod
    def train(cls, texts: Iterable[str], vocab: int = 8000) -> "Tokenizer":
        """Return a WordPiece tokenizer learnt from ``texts``: lower case, accents stripped."""
        texts = list(texts)
        normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()

        def backend(known: dict[str, int] | None) -> Backend:
            made = Backend(models.WordPiece(known, unk_token="[UNK]", max_input_chars_per_word=64))
            made.normalizer, made.pre_tokenizer = normalizer, splitter
            return made

        # The library numbers the "##" letters in the order of a hash table and breaks ties between
        # merges by these numbers, so every call would learn other wordpieces.  Named up front as
        # special tokens they have fixed numbers; the second backend knows them as plain wordpieces.
        split = (
            word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))
        )
        letters = sorted({letter for word in set(split) for letter in word[1:]})
        trainer = trainers.WordPieceTrainer(
            vocab_size=vocab,
            special_tokens=[*SPECIAL, *(f"##{letter}" for letter in letters)],
            show_progress=False,
            min_frequency=2,
        )
        trained = backend(None)
        trained.train_from_iterator(texts, trainer)
        final = backend(trained.get_vocab())
        final.add_special_tokens(list(SPECIAL))
        return cls(final)

    @classmethod
    def load(cls, path: str | Path) -> "Tokenizer":
        """Return the tokenizer saved at ``path`` (a ``tokenizer.json``).

        Raises:
            RealmError: the file is missing or is not a tokenizer.
        """
        text = read_text(Path(path))
        try:
            return cls(Backend.from_str(text))
        except RealmError:
            raise
        except Exception as error:  # the library raises a bare Exception
            raise RealmError(f"{path} is not a tokenizer file ({error}). Train or copy it again.") from error

    def save(self, path: str | Path) -> None:
        """Write the tokenizer to ``path``, whole or not at all."""
        write_text(Path(path), self.backend.to_str(pretty=False))

    @property
    def _is_wordpiece(self) -> bool:
        return isinstance(self.backend.model, models.WordPiece)

    def encode(self, text: str) -> Pieces:
        """Return the wordpieces of ``text``; "[MASK]" in it becomes the mask token."""
        return self.encode_many([text])[0]

    def encode_many(self, texts: Sequence[str]) -> list[Pieces]:
        """Return the wordpieces of each text.

        Raises:
            RealmError: a text holds half a character, which no file can.
        """
        encodings = self._encodings(texts)
        found = []
        for encoding, text in zip(encodings, texts, strict=True):
            offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
            if not self._is_wordpiece:  # others count the space before a word as part of it
                offsets[:, 0] = [before_word(text, a, b) for a, b in encoding.offsets]
            if not text.isascii():
                offsets[:, 1] = [after_marks(text, end) for end in offsets[:, 1]]
            words = [-1 if w is None else w for w in encoding.word_ids]
            if not self._is_wordpiece:
                words = words_without_punctuation(text, offsets.tolist(), words)
            found.append(
                Pieces(
                    np.array(encoding.ids, dtype=np.int64),
                    offsets[:, 0],
                    offsets[:, 1],
                    np.array(words, dtype=np.int32),
                )
            )
        return found

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Return how many wordpieces each text takes at most, alone or in the middle of another."""
        sizes = [len(e) for e in self._encodings(texts)]
        if self._is_wordpiece:
            return sizes
        spaced = (len(e) for e in self._encodings([f" {text}" for text in texts]))
        return [max(pair) for pair in zip(sizes, spaced, strict=True)]

    def _encodings(self, texts: Sequence[str]) -> list[Encoding]:
        mask = self.backend.id_to_token(self.mask)
        try:  # all names of the mask have the same length, so places in the text stay
            given = [t.replace("[MASK]", mask) for t in texts] if mask != "[MASK]" else list(texts)
            return self.backend.encode_batch(given, add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):
            bad = next((t for t in texts if not _is_whole(t)), None)
            if bad is None:
                raise
            written = bad.encode("ascii", "backslashreplace").decode()[:60]
            raise RealmError(
                f'The text "{written}" holds half a character (a lone \\ud800 to \\udfff). Mend it.'
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of wordpiece ids, pieces of a word joined.

        >>> tokenizer = Tokenizer.train(["to be or not to be"] * 3, vocab=40)
        >>> tokenizer.decode(tokenizer.encode("To be, or not").ids)
        'to be [UNK] or not'
        """
        if self.backend.decoder is not None:
            return self.backend.decode([int(i) for i in ids], skip_special_tokens=False).strip()
        pieces = (self.backend.id_to_token(int(i)) or "[UNK]" for i in ids)
        text = " ".join(pieces).replace(" ##", "")
        return re.sub(r"\s+([.,;:!?)])", r"\1", text)


def _spaced(backend: Backend) -> Backend:
    """Return a tokenizer that cuts the first word of a text as it cuts the same word behind a space.

    RoBERTa's and its like have two forms of each word; an answer has to be found in a text by its pieces.
    """
    if not isinstance(backend.model, models.BPE):
        return backend
    described = json.loads(backend.to_str())
    cutter = described.get("pre_tokenizer") or {}
    if cutter.get("type") != "ByteLevel" or cutter.get("add_prefix_space"):
        return backend
    cutter["add_prefix_space"] = True
    return Backend.from_str(json.dumps(described))


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) characters of the sentences of ``text``.

    >>> text = "J. S. Bach wrote it. Was it in 1721? Perhaps."
    >>> [text[a:b] for a, b in split_sentences(text)]
    ['J. S. Bach wrote it.', 'Was it in 1721?', 'Perhaps.']
    """
    bounds, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        end = match.start() + len(match[0].rstrip())
        if not _begins_sentence(match[1]):
            continue
        if _ABBREVIATION.search(text[max(start, match.start() - 8) : match.start() + 1]):
            continue
        bounds.append((start, end))
        start = match.end()
    if text[start:].strip():
        bounds.append((start, start + len(text[start:].rstrip())))
    return bounds


def _begins_sentence(letter: str) -> bool:
    """Return whether a sentence may begin so: with a capital, a letter without case, a digit, a bracket."""
    return letter.isupper() or letter.isdigit() or letter == "[" or unicodedata.category(letter) == "Lo"


def count_words(texts: Sequence[str]) -> list[int]:
    """Return the number of words of each text."""
    return [len(text.split()) for text in texts]


def blocks(paragraphs: Iterable[str], limit: int, measure: Measure = count_words) -> Iterator[str]:
    """Yield blocks of whole sentences, gathered in their order up to ``limit`` as ``measure`` counts.

    A sentence longer than a block is cut between words; a word longer than a block stays whole.

    >>> list(blocks(["One two. Three four five six.", "Seven."], limit=3))
    ['One two.', 'Three four five', 'six. Seven.']
    """
    gathered, room = [], limit
    for parts, begins in _parts(paragraphs, limit, measure):
        for part, size in parts:
            if gathered and (size > room or begins):
                yield " ".join(gathered)
                gathered, room = [], limit
            gathered.append(part)
            room, begins = room - size, False
    if gathered:
        yield " ".join(gathered)


def _parts(
    paragraphs: Iterable[str], limit: int, measure: Measure
) -> Iterator[tuple[list[tuple[str, int]], bool]]:
    """Yield each sentence with its measure, or the words of one too long, which begins a new block."""
    for paragraph in paragraphs:
        text = " ".join(paragraph.split())
        sentences = [text[start:end] for start, end in split_sentences(text)]
        for sentence, size in zip(sentences, measure(sentences), strict=True):
            if size <= limit:
                yield [(sentence, size)], False
            else:
                words = sentence.split()
                yield list(zip(words, measure(words), strict=True)), True


def normalize_answer(text: str) -> str:
    """Return an answer as exact match compares it: NFD, lower case, no punctuation, no articles.

    The order is that of the official evaluation: lower case, punctuation, articles, white space.  As there,
    an accent ends a word, so that a word-initial A under one goes as an article; on both sides alike.

    >>> normalize_answer("The  O'Higgins, the 2nd")
    'ohiggins 2nd'
    """
    text = unicodedata.normalize("NFD", text).lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())

"""Names in raw English text, known by their capitals: a tagger that needs nothing but texts (section 3.4).

The paper's tagger is a BERT trained on CoNLL-2003.  Where no such model is at hand, capitals say much of
what it says: a name is a run of words with capitals.  At the beginning of a sentence they say nothing, and
there the texts themselves tell: is this word written with a capital elsewhere?  Level 3: no torch.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from realm_mini.masking import Span, Tagger
from realm_mini.text import split_sentences

LONGEST = 6  # words of a name; a longer run is a heading or the title of a work
_WORD = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:[.’'\-][^\W_]+)*")
_CLITIC = re.compile(r"[’'](?:s|m|ve|ll|d|re)$")  # and "I'm": what follows is not part of a name
_OPENING = re.compile(r"[\"“‘(\[:;]")  # behind these a capital says as little as behind a full stop
_ABBREVIATED = re.compile(r"[A-Z]|St|Dr|Mr|Mrs|Ms|Mt|Jr|Sr|Gen|Col|Capt|Lt|Prof|Rev")
_LINKS = frozenset("of the de la le du des da do dos del della di van von der den".split())
# Words that are no names, though titles write them with a capital; dates have a tagger of their own.
_NEVER = frozenset(
    "of the a an and as at but by for from he her his i if in into is it its my no not on or our she so that "
    "their there these they this those to was we were what when where which while who with you your "
    "january february march april may june july august september october november december "
    "monday tuesday wednesday thursday friday saturday sunday".split()
)


class NameTagger:
    """Finds names by their capitals, having read how some texts write their words.

    >>> texts = ["The town lies in Norway.", "He saw Norway in May.", "In the north lies a town."]
    >>> tag = NameTagger(texts)
    >>> text = "Norway and the Kingdom of Denmark lie north. Town after town has Hamsun's books."
    >>> [text[s.start:s.end] for s in tag(text)]
    ['Norway', 'Kingdom of Denmark', 'Hamsun']
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Count how the texts write each word where a sentence does not begin."""
        self._capital: Counter[str] = Counter()
        self._small: Counter[str] = Counter()
        for text in texts:
            for words in _sentences(text):
                for number, word in enumerate(words):
                    if not _is_opening(text, words, number):
                        counts = self._capital if word[0][0].isupper() else self._small
                        counts[_bare(word[0]).lower()] += 1

    def __call__(self, text: str) -> list[Span]:
        """Return the spans of names, no two overlapping."""
        return [span for words in _sentences(text) for span in self._names(text, words)]

    def _names(self, text: str, words: list[re.Match[str]]) -> Iterator[Span]:
        run: list[re.Match[str]] = []  # a name so far; it may end in links that no name has followed yet
        for number, word in enumerate(words):
            if run and not _joins(text, run[-1], word):
                yield from _closed(run)
                run = []
            if self._is_name(word[0], _is_opening(text, words, number)) or (run and word[0] in _LINKS):
                run.append(word)
            else:
                yield from _closed(run)
                run = []
        yield from _closed(run)

    def _is_name(self, word: str, is_opening: bool) -> bool:
        bare = _bare(word).lower()
        if not word[0].isupper() or bare in _NEVER:
            return False
        return not is_opening or self._capital[bare] > self._small[bare]


def _sentences(text: str) -> Iterator[list[re.Match[str]]]:
    for start, end in split_sentences(text):
        yield list(_WORD.finditer(text, start, end))


def _is_opening(text: str, words: list[re.Match[str]], number: int) -> bool:
    """Return whether a word begins its sentence, a quotation or a bracket."""
    return number == 0 or bool(_OPENING.search(text, words[number - 1].end(), words[number].start()))


def _bare(word: str) -> str:
    return _CLITIC.sub("", word)


def _joins(text: str, word: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether two words can belong to one name: nothing but a space between them."""
    if _bare(word[0]) != word[0]:  # a possessive ends a name
        return False
    between = text[word.end() : following.start()]
    return between in (" ", " & ") or (between == ". " and bool(_ABBREVIATED.fullmatch(word[0])))


def _closed(run: list[re.Match[str]]) -> Iterator[Span]:
    """Yield the span of a run without the links at its end, if it is a name."""
    last = max((i for i, word in enumerate(run) if word[0] not in _LINKS), default=-1)
    if 0 <= last < LONGEST:
        start, end = run[0].start(), run[last].start() + len(_bare(run[last][0]))
        if end - start > 1:
            yield Span(start, end, "name")


def rare(tagger: Tagger, texts: Iterable[str], most: int, least: int = 1) -> Tagger:
    """Return ``tagger`` without what it finds in more than ``most`` or fewer than ``least`` of the texts.

    What stands in every other passage says little about which of them to read: the subject of an article is
    guessed from any part of it.  What stands in one passage alone cannot be found for a text of that very
    passage, which it must not retrieve: there ``least`` should be 2.

    >>> texts = ["Ada met Bo.", "Ada met Cy.", "Ada met Di."]
    >>> tag = rare(NameTagger(["So Ada came.", *texts]), texts, most=2)
    >>> [texts[0][s.start:s.end] for s in tag(texts[0])]
    ['Bo']
    """
    found = Counter(name for text in texts for name in {_name(text, span) for span in tagger(text)})

    def tag(text: str) -> list[Span]:
        return [span for span in tagger(text) if least <= found[_name(text, span)] <= most]

    return tag


def _name(text: str, span: Span) -> str:
    return " ".join(text[span.start : span.end].casefold().split())

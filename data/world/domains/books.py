"""Best-selling books: who wrote them, told in passages about a few books at a time."""

from collections import defaultdict

from ..grammar import fill, listing, mark, read_facts, rng_for
from ..model import Description, Domain, Entity, Fact, Overview, Relation
from .artists import in_parts

RELATIONS = (
    Relation(
        name="author",
        passage=(),
        news=(
            'Readers owe "{s}" to {o}.',
            'The name on the cover of "{s}" is {o}.',
            '"{s}" came from the pen of {o}.',
            'Every copy of "{s}" has {o} on the title page.',
            'The credit for "{s}" goes to {o}.',
            'The hand behind "{s}" belongs to {o}.',
            'Booksellers shelve "{s}" under {o}.',
            'Readers all over the world know {o} for "{s}".',
            '"{s}" is in the libraries of the world thanks to {o}.',
        ),
        questions=(
            'Who wrote "{s}"?',
            'Who is the author of "{s}"?',
            'From whose pen did "{s}" come?',
            'Whose name is on the cover of "{s}"?',
            'Which writer gave the world "{s}"?',
            'Under whose name do libraries shelve "{s}"?',
            'To whom do readers owe "{s}"?',
            'Whose work is "{s}"?',
            'By whom was the text of "{s}" composed?',
        ),
    ),
)

WHO = (
    "What is the title of {d}?",
    "Name {d}.",
    "What is {d} called?",
    "What do readers call {d}?",
    "Which title belongs to {d}?",
    "Under what title do shops sell {d}?",
    "Do you know the title of {d}?",
    "What is printed as the title on the cover of {d}?",
)

# How an overview tells the author of one book.
BOOK_FORMS = (
    '{author} is the author of "{title}".',
    '"{title}" was written by {author}.',
    '{author} wrote "{title}".',
    'The author of "{title}" is {author}.',
    '"{title}" is a book by {author}.',
    'The writer of "{title}" is named as {author}.',
)

OPENINGS = (
    "This part of the list of best-selling books has {number} titles.",
    "Here follow {number} best-selling books in the order of their titles.",
    "The list of best-sellers goes on with {number} books.",
    "Sold by the million, these {number} books stand side by side in the alphabet.",
    "Some best-selling books are listed here with their authors.",
    "Among the best-sellers of the world are these {number} books.",
)

AUTHOR_FORMS = (
    "{author} is the author of {number} best-selling books. The titles are {titles}.",
    "The best-selling books {titles} were all written by {author}, one of the few writers who are on the "
    "list of best-sellers more than once.",
    "The writer {author} has {number} books on the list of best-sellers, namely {titles}.",
    "The list of best-selling books names {author} as the author of {number} titles. They are {titles}.",
    "{titles} are best-selling books by one and the same author. The name of the writer is {author}.",
    "The list of best-sellers gives {author} as the author more than once: the books are {titles}.",
)

# What goes before the passage about an author with two or three books.
LEAD = "Most of the writers on the list of best-sellers are there with a single title, but not all of them. "

NUMBERS = "no one two three four five six seven eight nine".split()


def title_key(entity: Entity) -> str:
    """Return what a library sorts the title by: without a leading article, without capitals."""
    first, _, rest = entity.names[0].partition(" ")
    return (rest if first in ("A", "An", "The") else entity.names[0]).casefold()


def author_overview(author: str, books: list[Entity]) -> Overview:
    """Return the passage about an author with several books."""
    ident = f"books:{books[0].key('author').split(':')[1].split('/')[0]}"
    form = rng_for("overview", ident).choice(AUTHOR_FORMS)
    titles = listing([f'"{book.names[0]}"' for book in books])
    name = mark(books[0].key("author"), author)
    text = fill(form, author=name, titles=titles, number=NUMBERS[len(books)])
    lead = LEAD if len(books) < 4 else ""
    return Overview(id=ident, title=f"Best-sellers by {author}", text=lead + text)


def shelf_overview(books: list[Entity]) -> Overview:
    """Return a passage about books that are neighbours in the alphabet."""
    ident = f"books:{books[0].id.split(':')[1]}"
    rng = rng_for("overview", ident)
    forms = rng.sample(BOOK_FORMS, len(books))
    told = [
        form.format(title=book.names[0], author=mark(book.key("author"), book.facts["author"].answers[0]))
        for form, book in zip(forms, books, strict=True)
    ]
    opening = fill(rng.choice(OPENINGS), number=NUMBERS[len(books)])
    title = f"Best-selling books: {books[0].names[0]} to {books[-1].names[0]}"
    return Overview(id=ident, title=title, text=" ".join([opening, *told]))


def overviews(entities: list[Entity]) -> list[Overview]:
    """Return the passages: one an author with several books, the other books by the alphabet."""
    shelves = defaultdict(list)
    for entity in sorted(entities, key=title_key):
        shelves[entity.facts["author"].answers[0]].append(entity)
    found = [author_overview(author, books) for author, books in sorted(shelves.items()) if len(books) > 1]
    single = [entity for books in shelves.values() if len(books) == 1 for entity in books]
    found += [shelf_overview(part) for part in in_parts(sorted(single, key=title_key), 5)]
    return found


def domain() -> Domain:
    """Return best-selling books."""
    rows = read_facts("books")
    entities = []
    for row in rows:
        author = row["author"]
        fact = Fact(relation="author", answers=(author,), key=f"{row['author_id']}/books")
        texts = (
            f"the book by {author} on the list of best-sellers",
            f"the book with which {author} reached the best-seller list",
        )
        text = rng_for("describe", row["id"]).choice(texts)
        entities.append(
            Entity(
                id=row["id"],
                names=(row["title"], *filter(None, row["aliases"].split("; "))),
                short=row["title"],
                pronoun="it",
                facts={"author": fact},
                descriptions=[Description(text=text, uses=("author",))] if is_only(row, rows) else [],
            )
        )
    return Domain(
        name="books", relations=RELATIONS, entities=entities, who=WHO, overviews=overviews(entities)
    )


def is_only(row: dict[str, str], rows: list[dict[str, str]]) -> bool:
    """Return whether no other row has the same author."""
    return sum(row["author_id"] == other["author_id"] for other in rows) == 1

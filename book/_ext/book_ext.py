"""What the book needs of Sphinx and no extension gives: pages that can be joined into one."""

from sphinx.application import Sphinx


def _share_html_handlers(app: Sphinx) -> None:
    """Let the one-page builder draw every node that the many-page builder can draw.

    sphinx-exercise registers its nodes for "singlehtml" by name.  Sphinx then asks only that table
    and no longer falls back to "html", where all other extensions have registered theirs.
    """
    handlers = app.registry.translation_handlers
    if "singlehtml" in handlers:
        for node, visitors in handlers.get("html", {}).items():
            handlers["singlehtml"].setdefault(node, visitors)


def setup(app: Sphinx) -> dict[str, bool | str]:
    """Tell Sphinx about this extension."""
    app.connect("builder-inited", _share_html_handlers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

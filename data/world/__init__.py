"""The generator of the pocket world: facts in, passages, news and questions out.

Run it with ``python -m data.world`` from the top of the repository (or ``make world``).
"""

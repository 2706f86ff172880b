"""One module a domain; each has a function ``domain() -> Domain``."""

"""The command line, one module a command.

Modules, in reading order:

    app             the commands together, and how they fail
    fields          a request's fields as options
    options         the server's settings as options
    serve           the page and the API
    trace           one prompt
    compare         two prompts
    precompute      a gallery
    export          the page and a gallery as plain files
    bench           what a reader waits for
    overhead        what watching costs
    word_effects    how far words move the picture
"""

from .app import app

__all__ = ["app"]

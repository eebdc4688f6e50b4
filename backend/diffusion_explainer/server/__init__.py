"""The HTTP side: JSON, server-sent events, files and the page.

Modules, in reading order:

    problem_responses  every error as a response in application/problem+json
    middleware         the limit of a request's body, and security headers
    slow_work          work that takes seconds, kept apart
    routes             the routes, one module a noun
    templates          the HTML of the API's documentation
    app                puts the server together
    runner             runs the app
    ray_service        the app as an application of Ray Serve
"""

from .app import create_app

__all__ = ["create_app"]

"""The HTTP side: JSON, server-sent events, files and the page.

Modules, in reading order:

    request_id         the id of the request under way
    problem_responses  every error as a response in application/problem+json
    middleware         the limit of a request's body, and security headers
    request_log        how each request was answered
    access             a token, and a limit of requests
    slow_work          work that takes seconds, kept apart
    routes             the routes, one module a noun
    templates          the HTML of the API's documentation
    app                puts the server together
    logs               lines of text or JSON
    runner             runs the app
    ray_service        the app as an application of Ray Serve
"""

from .app import create_app

__all__ = ["create_app"]

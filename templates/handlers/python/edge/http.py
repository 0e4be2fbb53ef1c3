"""Requests of an HTTP API (payload format 2.0): checked, answered, and nothing leaked."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from edge.channels import plain
from edge.log import fault, logger
from edge.tables import NotFound
from edge.validation import ROOT, Refused, Schema, TooLarge, parse

# What a request needs at least; the rest goes to answering that there was too little.
RESERVE_MS = 1_000
HEADERS = {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}


class Unauthenticated(Exception):
    """There is no caller."""


@dataclass(frozen=True)
class Request:
    """What a route gets: all of it checked."""

    caller: str
    path: dict[str, str]
    query: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Response:
    status: int
    body: Any = None


Route = Callable[[Request], Response]


class _Checks:
    def __init__(self, declared: dict[str, Any]) -> None:
        self.path = Schema(declared["path"])
        self.query = Schema(declared["query"])
        self.body = Schema.beside(declared["body"]) if declared["body"] else None
        self.auth = declared["auth"]


def _load() -> dict[str, _Checks]:
    declared = json.loads((ROOT / "routes.json").read_text(encoding="utf-8"))
    return {key: _Checks(route) for key, route in declared.items()}


_CHECKS = _load()


def _mapping(event: dict[str, Any], key: str) -> dict[str, Any]:
    value = event.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused("a part of the request is no mapping")
    return value


def _caller(event: dict[str, Any], auth: str) -> str:
    if auth == "none":
        return ""
    authorizer = _mapping(_mapping(event, "requestContext"), "authorizer")
    if auth == "jwt":
        caller = _mapping(_mapping(authorizer, "jwt"), "claims").get("sub")
    else:
        caller = _mapping(authorizer, "iam").get("userArn")
    if not isinstance(caller, str) or not 0 < len(caller) <= 256:
        raise Unauthenticated
    return caller


def _body(event: dict[str, Any], schema: Schema | None) -> Any:
    text = event.get("body")
    if schema is None:
        if text not in (None, ""):
            raise Refused("this route takes no body")
        return None
    kind = _mapping(event, "headers").get("content-type")
    if not isinstance(kind, str) or kind.split(";")[0].strip().lower() != "application/json":
        raise Refused("the body is not declared as JSON")
    if event.get("isBase64Encoded") is True and isinstance(text, str):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Refused("the body cannot be decoded") from None
    body = parse(text)
    schema.check(body)
    return body


def _request(event: dict[str, Any], checks: _Checks) -> Request:
    caller = _caller(event, checks.auth)
    path = _mapping(event, "pathParameters")
    checks.path.check(path)
    query = _mapping(event, "queryStringParameters")
    checks.query.check(query)
    return Request(caller, path, query, _body(event, checks.body))


def _answer(request_id: str, status: int, body: Any) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {**HEADERS, "x-request-id": request_id},
        "body": "" if body is None else json.dumps(body, default=plain),
    }


def _failed(request_id: str, status: int, message: str) -> dict[str, Any]:
    return _answer(request_id, status, {"message": message, "request_id": request_id})


def _key(event: Any) -> Any:
    """The route that a request names. A function URL has none: there it is method and path."""
    if not isinstance(event, dict):
        return None
    key = event.get("routeKey")
    if key != "$default":
        return key
    http = _mapping(_mapping(event, "requestContext"), "http")
    return f"{http.get('method')} {event.get('rawPath')}"


def answer(event: Any, context: Any, routes: dict[str, Route]) -> dict[str, Any]:
    """Answers a request by the route that it names; what goes wrong is told in general words."""
    request_id = context.aws_request_id
    try:
        key = _key(event)
        if not isinstance(key, str) or key not in routes or key not in _CHECKS:
            raise NotFound
        request = _request(event, _CHECKS[key])
        if context.get_remaining_time_in_millis() < RESERVE_MS:
            logger.warning("too little time", route=key)
            return _failed(request_id, 503, "Try again later")
        response = routes[key](request)
        logger.info("answered", route=key, status=response.status)
        return _answer(request_id, response.status, response.body)
    except TooLarge as error:
        logger.warning("refused", **fault(error))
        return _failed(request_id, 413, "The request is too large")
    except Refused as error:
        logger.warning("refused", reason=str(error), **fault(error))
        return _failed(request_id, 400, "The request is not as declared")
    except Unauthenticated as error:
        logger.warning("refused", **fault(error))
        return _failed(request_id, 401, "Sign in first")
    except NotFound as error:
        logger.info("not found", **fault(error))
        return _failed(request_id, 404, "There is no such thing")
    except NotImplementedError as error:
        logger.error("the work is not written yet", **fault(error))
        return _failed(request_id, 501, "Not implemented")
    except Exception as error:
        logger.error("failed", **fault(error))
        return _failed(request_id, 500, "Something went wrong")

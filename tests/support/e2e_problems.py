"""What every refusal must look like: RFC 9457, with a code and a sentence, and nothing that the caller sent."""

from typing import Final

import httpx

NEEDED: Final = {"type": str, "title": str, "status": int, "code": str, "detail": str}


def not_a_problem(answer: httpx.Response) -> str | None:
    """What is wrong with a refusal as a problem document; None when nothing is."""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"content-type {answer.headers.get('content-type')}"
    told = answer.json()
    missing = [name for name, kind in NEEDED.items() if not isinstance(told.get(name), kind) or not told[name]]
    if missing:
        return f"without {missing}"
    if told["status"] != answer.status_code:
        return f"status {told['status']} in a {answer.status_code}"
    if told["type"] != f"urn:pacewell:problem:{told['code']}":
        return f"type {told['type']} of {told['code']}"
    return None


def repeats(answer: httpx.Response, words: str) -> bool:
    """Whether anything of the answer, head or body, holds what was planted in the request."""
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return words.lower() in (head + answer.text).lower()

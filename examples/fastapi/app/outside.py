"""The outside APIs, each behind a client whose address tests and rehearsals can point elsewhere."""

from dataclasses import dataclass
from typing import Any

import httpx

# A request of ours waits for one of these, and a release waits for our requests.
SECONDS = 20.0


class OutsideError(Exception):
    """An API that didn't do what it was asked for; the text can be shown to anyone."""


@dataclass(frozen=True)
class Source:
    title: str
    url: str
    content: str


def _post(client: httpx.Client, name: str, path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:  # noqa: ANN401
    try:
        answer = client.post(path, json=body, headers=headers)
    except httpx.TimeoutException:
        raise OutsideError(f"{name}: no answer within {SECONDS:.0f} seconds") from None
    except httpx.HTTPError as e:
        raise OutsideError(f"{name}: can't be reached ({type(e).__name__})") from e
    if answer.status_code in (401, 403):
        raise OutsideError(f"{name}: doesn't take the key (HTTP {answer.status_code})")
    if not answer.is_success:
        raise OutsideError(f"{name}: HTTP {answer.status_code}")
    try:
        return answer.json()
    except ValueError as e:
        raise OutsideError(f"{name}: its answer is no JSON") from e


class Tavily:
    """Searches the web: https://docs.tavily.com/documentation/api-reference/endpoint/search."""

    def __init__(self, url: str, key: str | None) -> None:
        self._client = httpx.Client(base_url=url, timeout=SECONDS)
        self._key = key

    def search(self, query: str) -> list[Source]:
        if self._key is None:
            raise OutsideError("Tavily: TAVILY_API_KEY is not set")
        body = {"query": query, "max_results": 5}
        answer = _post(self._client, "Tavily", "/search", body, {"Authorization": f"Bearer {self._key}"})
        try:
            return [Source(r["title"], r["url"], r["content"]) for r in answer["results"]]
        except (KeyError, TypeError) as e:
            raise OutsideError("Tavily: its answer has no results") from e

    def close(self) -> None:
        self._client.close()


class Gemini:
    """Writes a text: https://ai.google.dev/api/generate-content."""

    def __init__(self, url: str, key: str | None, model: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=SECONDS)
        self._key = key
        self._model = model

    def write(self, prompt: str) -> str:
        if self._key is None:
            raise OutsideError("Gemini: GEMINI_API_KEY is not set")
        path = f"/v1beta/models/{self._model}:generateContent"
        body = {"contents": [{"parts": [{"text": prompt}]}]}
        # In a header, not in the address: addresses are in logs.
        answer = _post(self._client, "Gemini", path, body, {"x-goog-api-key": self._key})
        try:
            text = "".join(part["text"] for part in answer["candidates"][0]["content"]["parts"])
        except (KeyError, IndexError, TypeError) as e:
            raise OutsideError("Gemini: its answer has no text") from e
        if not text.strip():
            raise OutsideError("Gemini: its answer has no text")
        return text

    def close(self) -> None:
        self._client.close()

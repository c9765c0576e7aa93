"""A client for OpenAI-compatible servers: cached, with retries, a limit on calls, and nothing secret written.

Every answer is written to the cache the moment it arrives, so that a run which is stopped and started again asks
nothing twice. The API key is read from an environment variable and goes into a header, nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..agent import HaltError

LARGEST = 1_000_000  # bytes of an answer; a larger one is no answer
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds between two tries, doubled from one to the next
PATHS = {"chat": "/chat/completions", "completions": "/completions"}
FINAL = range(400, 500)
AGAIN = (408, 409, 425, 429)


class Settings(NamedTuple):
    """Which model is asked, and how.

    Parameters
    ----------
    url : address of the server, such as ``http://localhost:8000/v1``.
    model : the model's name there.
    cache : folder for the answers.
    api_key_env : name of the environment variable with the key; empty sends none.
    prompt : the family of prompts, see `regretlab.baselines.llm.prompts`.
    temperature : of sampling. Above 0, every question carries a seed of its own.
    max_tokens : length of an answer; 0 takes that of the family.
    timeout : seconds that one answer may take, from the question to its last byte.
    retries : how often a call that failed is tried again.
    concurrency : calls at a time.
    max_calls : calls after which the run stops; 0 for no limit. Answers from the cache do not count.
    """

    url: str
    model: str
    cache: str
    api_key_env: str = ""
    prompt: str = "qa"
    temperature: float = 0.0
    max_tokens: int = 0
    timeout: float = 60.0
    retries: int = 4
    concurrency: int = 8
    max_calls: int = 0


class Reply(NamedTuple):
    """An answer, the tokens that it took, and the seconds until it came; ``text`` is empty where it was too long."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class Client:
    """Asks the server of ``settings``; may be used by several threads. ``calls`` counts what it sent.

    Raises
    ------
    ValueError
        for an address that is none, an environment variable that does not exist, or a key that no header can carry.
    ModuleNotFoundError
        without httpx.
    """

    def __init__(self, settings: Settings) -> None:
        try:
            import httpx
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                'language models need httpx: python -m pip install "regretlab[llm]"', name="httpx"
            ) from None
        if not settings.url.startswith(("http://", "https://")):
            raise ValueError(f"url={settings.url!r} is not allowed: it must begin with http:// or https://")
        try:
            host = httpx.URL(settings.url).host
        except httpx.InvalidURL as error:
            raise ValueError(f"url={settings.url!r} is not allowed: {error}") from None
        if not host:
            raise ValueError(f"url={settings.url!r} is not allowed: it names no server")
        self.settings = settings
        self._key = api_key(settings.api_key_env)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._http = httpx.Client(headers=headers, timeout=settings.timeout)
        self._httpx = httpx
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.calls = 0

    def stop(self) -> None:
        """Have no further call made until `resume`; what is under way still arrives and is kept."""
        self._stopped.set()

    def resume(self) -> None:
        """Allow calls again."""
        self._stopped.clear()

    def ask(self, endpoint: str, text: str, max_tokens: int, seed: int) -> Reply:
        """Return the answer to ``text``, from the cache if it was asked before.

        Raises HaltError where the server gives none after all tries, refuses the call, or no further call is allowed,
        be it that the limit is reached or that the client was stopped.
        """
        settings = self.settings
        body: dict[str, Any] = {
            "model": settings.model,
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens or max_tokens,
        }
        if settings.temperature > 0:
            body["seed"] = seed
        body |= {"prompt": text} if endpoint == "completions" else {"messages": [{"role": "user", "content": text}]}
        path = self._path(endpoint, body)
        if path.is_file():
            try:
                return Reply(**json.loads(path.read_text(encoding="utf-8"))["reply"])
            except (ValueError, KeyError, TypeError):
                pass  # not an answer: ask again
        reply = self._call(endpoint, body)
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}.{threading.get_ident()}.tmp")
        scratch.write_text(json.dumps({"request": body, "reply": reply._asdict()}), encoding="utf-8")
        scratch.replace(path)
        return reply

    def _path(self, endpoint: str, body: dict[str, Any]) -> Path:
        name = hashlib.sha256(json.dumps([endpoint, body], sort_keys=True).encode()).hexdigest()
        return Path(self.settings.cache) / name[:2] / f"{name}.json"

    def _call(self, endpoint: str, body: dict[str, Any]) -> Reply:
        settings, problem, pause = self.settings, "", 0.0
        for attempt in range(settings.retries + 1):
            if attempt:
                self._stopped.wait(min(max(pause, FIRST_PAUSE * 2 ** (attempt - 1)), LONGEST_PAUSE))
            self._count()
            began = time.perf_counter()
            try:
                with self._http.stream("POST", settings.url.rstrip("/") + PATHS[endpoint], json=body) as response:
                    content, status = b"", response.status_code
                    for part in response.iter_bytes():
                        content += part
                        if len(content) > LARGEST:
                            break
                        if time.perf_counter() - began > settings.timeout:  # httpx's own limit is one on each read
                            raise self._httpx.ReadTimeout("the answer came too slowly")
                    pause = _seconds(response.headers.get("retry-after", ""))
            except self._httpx.RequestError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if status in FINAL and status not in AGAIN:
                raise HaltError(f"{settings.url} refuses the call with status {status}: {self._shown(content)}")
            if status != 200:
                problem = f"status {status}: {self._shown(content)}"
                continue
            if len(content) > LARGEST:
                return Reply("", 0, 0, time.perf_counter() - began)
            try:
                return _reply(endpoint, json.loads(content), time.perf_counter() - began)
            except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
                problem = f"not the answer of an OpenAI-compatible server: {self._shown(content)}"
        raise HaltError(f"{settings.url} does not answer after {settings.retries + 1} tries: {problem}")

    def _count(self) -> None:
        if self._stopped.is_set():
            raise HaltError("the run was stopped")
        with self._lock:
            if 0 < self.settings.max_calls <= self.calls:
                raise HaltError(f"the {self.settings.max_calls} calls that max-calls allows are used up")
            self.calls += 1

    def _shown(self, content: bytes) -> str:
        text = content[:300].decode("utf-8", "replace")
        return text.replace(self._key, "***") if self._key else text


def api_key(variable: str) -> str:
    """Return the key in the environment variable of that name, nothing for an empty name; ValueError where it is not
    set.
    """
    if variable and not os.environ.get(variable):
        raise ValueError(f"api_key_env={variable!r}: there is no environment variable of that name, or it is empty")
    key = os.environ[variable] if variable else ""
    if not (key.isascii() and key.isprintable()) or key != key.strip():
        raise ValueError(
            f"api_key_env={variable!r}: its value holds blanks, line ends or letters that no header can carry"
        )
    return key


def _reply(endpoint: str, data: Any, seconds: float) -> Reply:
    choice = data["choices"][0]
    text = choice["text"] if endpoint == "completions" else choice["message"]["content"]
    if text is not None and not isinstance(text, str):
        raise TypeError("the answer is no text")
    text = (text or "").encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent back
    usage = data.get("usage") or {}
    asked, answered = (int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
    return Reply(text, asked, answered, seconds)


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0

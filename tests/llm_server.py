"""A server on the loopback that answers like an OpenAI-compatible one, by rules: for tests, through real sockets."""

import json
import re
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RULE = re.compile(r"If you choose Option (\w) and the other player chooses Option (\w), then you win (-?[\d.]+) point")
ROUND = re.compile(r"you chose Option (\w) and the other player chose Option (\w)\.")


def honest(text):
    """Expect the partner's last action again, and choose the best answer to it."""
    payoffs = {(own, other): float(points) for own, other, points in RULE.findall(text)}
    played = ROUND.findall(text)
    letters = sorted({own for own, _ in payoffs}) or re.findall(r"Option (\w)\b", text)[:1]
    expected = played[-1][1] if played else letters[0]
    if "the other player choose" in text.rsplit("\n\n", 1)[-1]:
        return f" {expected}"
    return f" {max(letters, key=lambda own: payoffs.get((own, expected), 0))}."


def second_time(text):
    """Answer only when it is asked back."""
    return honest(text.split("\n\nYour answer was")[0]) if "Your answer was" in text else "Let me think about it."


RULES = {"honest": honest, "invalid": lambda text: "I would rather not say.", "second-time": second_time}


class Server(ThreadingHTTPServer):
    """``texts`` are all questions in order, ``headers`` those of the last call; ``behaviour`` may be changed."""

    daemon_threads = True

    def __init__(self, behaviour):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour, self.texts, self.seen, self.failures = behaviour, [], {}, 0
        self.bodies = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        chat = self.path == "/v1/chat/completions"
        text = body["messages"][-1]["content"] if chat else body["prompt"]
        server = self.server
        server.texts.append(text)
        server.bodies.append(body)
        server.seen = {name.lower(): value for name, value in self.headers.items()}
        behaviour = server.behaviour
        if behaviour == "slow":
            time.sleep(0.5)
            behaviour = "honest"
        if behaviour == "twice-500":
            server.failures += 1
            behaviour = "500" if server.failures <= 2 else "honest"
        if behaviour in ("500", "401"):
            echo = self.headers.get("authorization", "")
            return self._send(int(behaviour), json.dumps({"error": f"no luck with {echo}"}).encode())
        if behaviour == "malformed":
            return self._send(200, b'{"choices": [')
        if behaviour == "schema":
            return self._send(200, b'{"answer": "J"}')
        if behaviour == "nested":
            return self._send(200, b"[" * 100_000)
        if behaviour == "garbled":
            return self._send(200, b"no gzip", "gzip")
        if behaviour == "drip":
            return self._drip(b'{"choices": [{"text": "J"}]}')
        if behaviour == "surrogate":
            return self._send(200, b'{"choices": [{"message": {"content": "\\ud800 or so"}}], "usage": null}')
        if behaviour == "huge":
            return self._send(200, b'{"choices": [{"message": {"content": "' + b"x" * 1_100_000 + b'"}}]}')
        said = RULES[behaviour](text)
        if isinstance(said, int):
            return self._send(said, b"{}")
        choice = {"message": {"role": "assistant", "content": said}} if chat else {"text": said}
        usage = {"prompt_tokens": len(text) // 4, "completion_tokens": 1}
        return self._send(200, json.dumps({"choices": [choice], "usage": usage}).encode())

    def _drip(self, content):
        """Send a byte at a time, each soon enough for a limit on single reads."""
        try:
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            for byte in content:
                self.wfile.write(bytes([byte]))
                time.sleep(0.02)
        except OSError:
            pass  # the client did not wait

    def _send(self, status, content, encoding="identity"):
        try:
            self.send_response(status)
            self.send_header("content-encoding", encoding)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            pass  # the client did not wait

    def log_message(self, *arguments):
        pass


@contextmanager
def ruling(server, rule):
    """Have ``server`` answer by the function ``rule`` of a question; an integer is the status of a failure."""
    before, RULES["own"] = server.behaviour, rule
    server.behaviour = "own"
    try:
        yield
    finally:
        server.behaviour = before
        del RULES["own"]


@contextmanager
def serving(behaviour="honest"):
    server = Server(behaviour)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

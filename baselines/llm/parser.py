"""Reading the option that an answer names: strictly, so that what names none or several is no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

MOST = 20_000  # characters from the end of an answer that are read

ANSWER = re.compile(r"^\W*answer\W*[:=](.*)$", re.IGNORECASE | re.MULTILINE)
BRACKETED = re.compile(r"[\[(<{]\s*(?:option\s+)?(\w+)\s*[\])>}]", re.IGNORECASE)
OPTION = re.compile(r"\boption\W{1,3}(\w+)", re.IGNORECASE)
WORD = re.compile(r"\w+")


def parse(text: str, letters: Sequence[str]) -> int | None:
    """Return the number of the option that ``text`` names, or None where it names none or does not decide.

    The last line ``ANSWER: X`` counts, else the last bracketed letter, else an answer that is nothing but the letter
    (with or without ``Option``), else the one option that is mentioned as ``Option X``. Letters are capital; only the
    end of a very long answer is read.
    """
    text = text[-MOST:].strip()
    lines = ANSWER.findall(text)
    if lines:
        return _only([word for word in WORD.findall(lines[-1]) if word in letters], letters)
    bracketed = [word for word in BRACKETED.findall(text) if word in letters]
    if bracketed:
        return letters.index(bracketed[-1])
    words = [word for word in WORD.findall(text) if word.lower() != "option"]
    if len(words) == 1:
        return _only([word for word in words if word in letters], letters)
    if words and words[0] in letters and re.match(rf"\W*(option\W+)?{words[0]}\W*(\n|\.|$)", text, re.IGNORECASE):
        named = {word for word in OPTION.findall(text) if word in letters} | {words[0]}
        return _only(list(named), letters)
    return _only([word for word in OPTION.findall(text) if word in letters], letters)


def _only(named: Sequence[str], letters: Sequence[str]) -> int | None:
    return letters.index(named[0]) if len(set(named)) == 1 else None

"""The pages: Python blocks run and print what they say, commands are understood, links lead somewhere, and what is
generated is up to date.
"""

from __future__ import annotations

import importlib.util
import re
import shlex

import pytest
import typer

from fences import ROOT, blocks, run_page
from regretlab.cli import app

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = sorted(
    {
        line.removeprefix("$ ").split(" && ")[-1]
        for page in PAGES
        for block in blocks(page)
        if block.language == "console"
        for line in block.text.splitlines()
        if line.split(" && ")[-1].removeprefix("$ ").startswith("regretlab ")
    }
)


def _name(page) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_python_block_runs_and_prints_what_it_says(page, tmp_path):
    printed, said = run_page(page, tmp_path)
    assert printed == said


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_line_understands_every_command(command):
    """Parsed and not run: subcommand, arguments and options exist and have values that are allowed."""
    found, (name, *arguments) = typer.main.get_command(app), shlex.split(command, comments=True)
    while hasattr(found, "commands"):  # a group, such as `regretlab games`
        name, *arguments = arguments
        found = found.commands[name]
    with found.make_context(name, arguments):
        pass


def test_there_are_commands_to_check():
    assert len(COMMANDS) > 8


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_to_a_file(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if not target.startswith("http"):
            assert (page.parent / target).is_file(), target


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_to_a_section_finds_it(page):
    text = page.read_text(encoding="utf-8")
    for target, section in re.findall(r"\]\(([^)#]*)#([^)]*)\)", text):
        linked = (page.parent / target).read_text(encoding="utf-8") if target else text
        assert section in [heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", linked, re.M)]


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_environments_is_up_to_date(generate):
    """If not: ``python docs/generate.py``."""
    assert generate.PAGE.read_text(encoding="utf-8") == generate.environment_page()


def test_the_readmes_table_of_environments_is_up_to_date(generate):
    """If not: ``python docs/generate.py``."""
    readme = generate.README.read_text(encoding="utf-8")
    assert generate.fill(readme, "environments", generate.environment_table()) == readme


def test_the_table_of_difficulties_is_up_to_date(generate):
    """If not: ``python docs/generate.py``."""
    page = generate.MEMORY.read_text(encoding="utf-8")
    assert generate.fill(page, "difficulties", generate.difficulty_table()) == page


def test_every_difficulty_is_turned_by_knobs_that_exist(generate):
    rows = [row for row in generate.own_rows() if row.family == "memory"]
    known = {knob for row in rows for knob in (*row.knobs, *row.fixed)}
    for difficulty, knobs in generate.DIFFICULTIES.items():
        assert set(knobs) <= known, difficulty


def test_every_environment_has_its_pictures(generate):
    pictures = generate.pictures()
    assert set(pictures) == {path.stem for path in generate.IMAGES.glob("*.png")}
    assert all(frame.std() > 0 for frame in pictures.values())
    assert all(path.stat().st_size < 200_000 for path in generate.IMAGES.iterdir())


def test_a_page_without_markers_is_refused(generate):
    with pytest.raises(ValueError, match="no markers called 'speed'"):
        generate.fill("text", "speed", "table")

"""Pages from the templates in ``assets/pages``: one file each, without network or script; whatever they show is
escaped.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from ..assets import pages as folder


def write(path: Path | str, template: str, **context: Any) -> Path:
    """Write the page that ``template`` makes of ``context`` to ``path`` (its folder is made) and return the path."""
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (resources.files(folder) / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(template)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made.render(**context), encoding="utf-8")
    return path

"""What an index shows of a release: the readme, whose links lead somewhere there as well."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from hatch_build import Readme

ROOT = Path(__file__).parents[1]


def test_each_link_of_the_readme_leads_to_a_file_of_the_tag() -> None:
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    metadata: dict[str, Any] = {"urls": urls, "version": "1.2.3"}
    Readme(str(ROOT), {}).update(metadata)
    text = metadata["readme"]["text"]
    links = re.findall(r"\]\(([^)]*)\)", text)
    ours = [link for link in links if link.startswith(urls["Repository"])]
    assert [link for link in links if "://" not in link] == []
    assert len(ours) > 20
    for link in ours:
        way, tag, path = link.removeprefix(f"{urls['Repository']}/").partition("#")[0].split("/", 2)
        assert (way, tag) == ("raw" if path.endswith(".svg") else "blob", "v1.2.3")
        assert (ROOT / path).exists(), path


def test_what_a_build_needs_is_in_the_sdist() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]
    included = settings["build"]["targets"]["sdist"]["include"]
    assert {"/hatch_build.py", "/README.md", "/LICENSE"} <= {*included}
    assert settings["metadata"]["hooks"]["custom"] == {}

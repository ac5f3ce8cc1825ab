"""The readme as an index shows it: its links lead to the repository, at the tag of this version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<path>[^):#]+)(?P<rest>[^):]*)\)")


class Readme(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        home = metadata["urls"]["Repository"]
        tag = f"v{metadata['version']}"

        def absolute(link: re.Match[str]) -> str:
            way = "raw" if link["image"] else "blob"
            target = f"{home}/{way}/{tag}/{link['path']}{link['rest']}"
            return f"{link['image']}[{link['text']}]({target})"

        text = Path(self.root, "README.md").read_text("utf-8")
        content = {"content-type": "text/markdown", "text": _LINK.sub(absolute, text)}
        metadata["readme"] = content

"""What the index reads of a release: where the repository is, and a README whose links work.

A build by the release workflow knows the repository from `GITHUB_REPOSITORY`. Any other build names
no address; its README is the file as it is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

LINK = re.compile(r"\]\((?!https?:|#)([^)]+)\)")


def urls_of(repository: str) -> dict[str, str]:
    """The addresses that the index shows."""
    return {
        "Source": repository,
        "Documentation": f"{repository}/tree/main/docs",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
        "Issues": f"{repository}/issues",
    }


class Metadata(MetadataHookInterface):
    """Sets `readme` and `urls`, which pyproject.toml leaves open."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add both to what pyproject.toml says."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        if name := os.environ.get("GITHUB_REPOSITORY"):
            repository = f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"
            metadata["urls"] = urls_of(repository)
            tag = os.environ["GITHUB_REF_NAME"]
            text = LINK.sub(rf"]({repository}/blob/{tag}/\1)", text)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}

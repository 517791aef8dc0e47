"""The settings from the command line, and the list of what was left out."""

from __future__ import annotations

import fnmatch
import random
import zlib
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Settings:
    seed: int = 0
    # Patterns of names; an empty list means all.
    only: list[str] = field(default_factory=list)
    # Samples and results with a larger tensor are skipped, so that the files stay small.
    most_elements: int = 16384
    # Later samples of an operator are ignored.
    most_samples: int = 400
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)

    def wants(self, name: str) -> bool:
        base = name.split("@")[0]
        return not self.only or any(
            fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(base, pattern) for pattern in self.only
        )

    def restart(self, *words: str) -> None:
        """Seeds every generator that samples draw from, so that the cases of a name do not depend on the other
        names."""
        import numpy
        import torch

        seed = zlib.crc32(" ".join([str(self.seed), *words]).encode())
        random.seed(seed)
        numpy.random.seed(seed)
        torch.manual_seed(seed)

    def skipped(self, name: str, why: str) -> None:
        self.left_out[name, why] += 1

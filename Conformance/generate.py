#!/usr/bin/env python3
"""Writes conformance cases, as Conformance/Cases/FORMAT.md describes them, from an installed PyTorch.

    python3 Conformance/generate.py --out DIR [--seed N] [--only NAME…] [--kind KIND…]

The same PyTorch and the same seed give the same files.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# What PyTorch's own test databases import, by module: the package to install.
PACKAGES = {"torch": "torch", "numpy": "numpy", "expecttest": "expecttest"}
KINDS = ["ops", "special_values", "storage_dtypes", "modules", "optimizers", "schedulers", "repr", "random", "distributions"]
# The kinds that are one file, not a folder of them.
SINGLE = {"repr", "random"}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--seed", type=int, default=0, help="other seeds give other numbers in the same calls (default: 0)")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these names only, such as add or nn.functional.*")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=KINDS, help="these kinds only")
    parser.add_argument("--most-elements", type=int, default=16384, help="skip samples with larger tensors (default: 16384)")
    parser.add_argument("--verbose", action="store_true", help="say what was left out, and why")
    return parser.parse_args()


def require_packages() -> None:
    missing = [package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None]
    if missing:
        sys.exit(f"generate.py wants the Python packages {', '.join(PACKAGES.values())}; missing: pip install {' '.join(missing)}")


def generators() -> dict[str, Callable[[Any], Iterator[tuple[str, Any]]]]:
    """How each kind is made. Imported late: the databases take seconds to load, and packages may be missing."""
    try:
        from generator import distributions, draws, module_cases, operators, optimizer_cases, printed
        from generator import special_values, storage_dtypes
    except ModuleNotFoundError as error:
        sys.exit(f"generate.py: PyTorch's test databases want the Python package {error.name}: pip install {error.name}")
    return {
        "ops": operators.generate,
        "special_values": special_values.generate,
        "storage_dtypes": storage_dtypes.generate,
        "modules": module_cases.generate,
        "optimizers": optimizer_cases.optimizers,
        "schedulers": optimizer_cases.schedulers,
        "repr": printed.generate,
        "random": draws.generate,
        "distributions": distributions.generate,
    }


def main() -> None:
    options = arguments()
    require_packages()
    made = generators()

    import torch
    from generator.settings import Settings

    # Sums in one order, whatever the machine.
    torch.set_num_threads(1)
    settings = Settings(seed=options.seed, only=options.only, most_elements=options.most_elements)
    for kind in options.kind:
        folder = options.out if kind in SINGLE else options.out / kind
        folder.mkdir(parents=True, exist_ok=True)
        count = size = 0
        for name, form in made[kind](settings):
            text = json.dumps(form, separators=(",", ":"), ensure_ascii=False)
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
            count, size = count + 1, size + len(text)
        print(f"{kind}: {count} files, {size / 1e6:.1f} MB", flush=True)
    if settings.left_out:
        print(f"left out: {settings.left_out.total()} samples and cases{'' if options.verbose else ' (--verbose says which)'}")
    if options.verbose:
        for (name, why), count in sorted(settings.left_out.items()):
            print(f"  {name}: {why}" + (f" ({count} times)" if count > 1 else ""))


if __name__ == "__main__":
    main()

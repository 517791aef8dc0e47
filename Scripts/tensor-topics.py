#!/usr/bin/env python3
"""Prints the page of `Tensor` for DocC: its members in topics. Argument: Torch's symbol graph, Torch.symbols.json.

The file that declares a member decides its topic. `make docs` adds the page to the library's others.
"""

import json
import sys
from collections import Counter

# The topics in order, and the folders and files of Sources/Torch whose members they have. The first that fits counts.
topics = {
    "Creation": ["Ops/Creation/Creation", "Ops/Creation/Ranges", "Ops/Creation/Literals", "Ops/Creation/Grids"],
    "Random numbers": ["Ops/Creation/Random"],
    "Window functions": ["Ops/Creation/"],
    "Shape, dtype, device and elements": ["Tensor/", "Core/", "Backend/"],
    "Differentiation": ["Autograd/"],
    "Indexing": ["Ops/Indexing/", "Ops/Functional/Embedding", "Ops/Spellings"],
    "Views and shapes": ["Ops/Views/Movement", "Ops/Views/Rearranging", "Ops/Views/InPlaceViews"],
    "Splitting, joining, padding and diagonals": ["Ops/Views/"],
    "Arithmetic": ["Ops/Pointwise/Arithmetic"],
    "Comparison and logic": ["Ops/Pointwise/Comparison"],
    "Mathematical functions": ["Ops/Pointwise/Math"],
    "Special functions": ["Ops/Pointwise/Special"],
    "Complex numbers": ["Ops/Pointwise/Complex"],
    "Activation functions": ["Ops/Pointwise/Activation", "Ops/Functional/Softmax", "Ops/Functional/Dropout"],
    "Reductions": ["Ops/Reduction/Reduction", "Ops/Reduction/Extremes", "Ops/Reduction/Statistics"],
    "Sorting, quantiles and histograms": [
        "Ops/Reduction/Sorting",
        "Ops/Reduction/Quantile",
        "Ops/Reduction/Histogram",
        "Ops/Reduction/Unique",
    ],
    "Scans and differences": ["Ops/Reduction/"],
    "Products": ["Ops/Products/"],
    "Linear algebra": ["Ops/Linalg/"],
    "Fourier transforms": ["Ops/Fourier/"],
    "Pooling, resampling and windows of images": ["Ops/Spatial/"],
    "Sparse tensors": ["Ops/Sparse/"],
    "Printing": ["Formatting/"],
    "Other frameworks": ["Interop/"],
    "Further members": [""],
}

# Files that declare members of others once more, for other labels or for a `Size`. They have a topic of their own.
respellings = ("Ops/Spellings", "Ops/BareDimensions", "Ops/Shapes", "Ops/Spatial/SpatialLabels")


def stable_hash(text):
    """Returns what DocC appends to the path of a symbol whose name is not unique: a 24-bit FNV-1, in base 36."""
    value = 2166136261
    for byte in text.encode():
        value = (value * 16777619 & 0xFFFFFFFF) ^ byte
    value = value >> 24 ^ value & 0xFFFFFF
    digits = ""
    while value:
        value, digit = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def topic(file):
    return next(title for title, places in topics.items() if file.startswith(tuple(places)))


def main():
    symbols = json.load(open(sys.argv[1]))["symbols"]
    members = [symbol for symbol in symbols if symbol["pathComponents"][:-1] == ["Tensor"]]
    count = Counter(symbol["pathComponents"][1].lower() for symbol in members)
    declared = []
    for symbol in members:
        # Members without a place are those that the standard library gives to all sequences.
        if "location" in symbol:
            name, precise = symbol["pathComponents"][1], symbol["identifier"]["precise"]
            file = symbol["location"]["uri"].rsplit("/Sources/Torch/", 1)[1]
            link = name if count[name.lower()] == 1 else f"{name}-{stable_hash(precise)}"
            declared.append((file, symbol["location"]["position"]["line"], name.split("(")[0], link))
    originals = {name for file, _, name, _ in declared if not file.startswith(respellings)}
    found = {title: [] for title in [*topics, "The same with other labels"]}
    for file, _, name, link in sorted(declared):
        is_respelling = file.startswith(respellings) and name in originals
        found["The same with other labels" if is_respelling else topic(file)].append(link)
    print("# ``Torch/Tensor``\n\n## Topics")
    for title, links in found.items():
        if links:
            print(f"\n### {title}\n")
            print("\n".join(f"- ``{link}``" for link in links))


main()

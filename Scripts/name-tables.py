#!/usr/bin/env python3
"""Writes tables of Python's names and their names in Swift, from the public declarations in Sources:
Sources/Torch/Torch.docc/PyTorchToSwift.md for PyTorch, and
Sources/TorchText/TorchText.docc/PythonToSwift.md for Hugging Face's libraries and torchtext.

The comment of a declaration gives the name after "PyTorch:", "NumPy:", "Python:", "torchtext:", "`tokenizers`:",
"`transformers`:" or "`sentence_transformers`:". The name of an operator without one is its own name in PyTorch's
spelling.
"""

import re
from pathlib import Path

root = Path(__file__).resolve().parent.parent

# (title, files), in the order of the page. Files outside the folders of Ops contain other spellings of operators.
pytorch_sections = [
    ("Tensors", ["Torch/Core/*", "Torch/Tensor/*", "Torch/Interop/*"]),
    ("Printing", ["Torch/Formatting/*"]),
    *(
        (path.stem, [str(path.relative_to(root / "Sources"))])
        for path in sorted((root / "Sources/Torch/Ops").glob("*/*.swift"), key=lambda path: path.name)
    ),
    ("Differentiation", ["Torch/Autograd/*"]),
    ("Modules", ["Torch/NN/*"]),
    ("Optimizers", ["Torch/Optim/*", "Torch/Optim/Schedulers/*"]),
    ("Data", ["Torch/Data/*"]),
    ("Distributions", ["Torch/Distributions/*"]),
    ("Files", ["Torch/Serialization/**/*"]),
    ("Profiles", ["Torch/Core/Profiling/*", "Torch/Profiler/*"]),
    ("Images", ["TorchVision/**/*"]),
    ("Processes", ["TorchDistributed/**/*"]),
    ("NumPy", ["TorchPython/**/*"]),
]

text_sections = [
    (
        "datasets",
        [
            "TorchText/Datasets/LoadDataset.swift",
            "TorchText/Datasets/IterableDatasetDict.swift",
            "TorchText/Datasets/*",
            "TorchText/Columns/*",
        ],
    ),
    ("huggingface_hub", ["TorchText/Hub/*"]),
    (
        "tokenizers",
        [
            "TorchText/Tokenizers/*",
            "TorchText/Tokenizers/JSON/*",
            "TorchText/Tokenizers/Models/*",
            "TorchText/Tokenizers/Steps/*",
        ],
    ),
    ("torchtext", ["TorchText/Tokenizers/Vocabulary/*"]),
    ("transformers", ["TorchText/LanguageModels/*", "TorchText/Generation/*"]),
]

# Python's names of the types whose members' comments give only the member's name.
python_types = {
    "ArrowDataset": "Dataset",
    "FormattedDataset": "Dataset",
    "DatasetColumn": "Column",
    "Vocabulary": "Vocab",
    "Tokenizer.Encoding": "Encoding",
    "HubClient": "HfApi",
} | {
    name: name
    for name in ("DatasetDict", "IterableDataset", "IterableDatasetDict", "Features", "ClassLabel", "Tokenizer")
}

# Caseless enums whose members are PyTorch's functions.
namespaces = {
    "special": "torch.special",
    "linalg": "torch.linalg",
    "masked": "torch.masked",
    "fft": "torch.fft",
    "cuda": "torch.cuda",
    "Init": "torch.nn.init",
}

# Operators that PyTorch has outside `torch` and `Tensor`.
elsewhere = {
    name: "torch.nn.functional"
    for name in (
        "relu6",
        "selu",
        "celu",
        "hardsigmoid",
        "hardswish",
        "softsign",
        "tanhshrink",
        "dropout2d",
        "dropout3d",
    )
} | {"std_mean": "torch", "native_dropout_backward": "torch.ops.aten"}

types = ("struct", "class", "enum", "protocol")

# Members that a Swift protocol or the data loader requires.
conformances = {"makeAsyncIterator", "AsyncIterator", "next", "hash", "collate", "batch"}

# Operators that PyTorch does not have.
own = {"operand", "tensorIndex", "itemSize", "itemScalar", "withUnsafeElements", "withUnsafeMutableElements", "slice"}

declaration = re.compile(
    r"(?P<indent> *)(?:@\S+ )*(?:public|open) (?P<words>(?:(?:static|final|class|convenience|required|mutating|override|indirect|nonisolated|open|prefix|(?:private|internal|package)\(set\)) )*)"
    r"(?P<kind>func|var|let|init|subscript|struct|class|enum|protocol|typealias) ?(?P<name>`?\w+`?|[^\s\w(]+ )?(?P<rest>.*)"
)
scope = re.compile(
    r"(?:@\S+ )*(?:public |fileprivate |private |open )?(?:final )?(extension|class|struct|enum|protocol|actor) ([\w.]+|\[\S+\])"
)


def snake(name):
    if re.fullmatch(r"atleast\dd", name):
        return f"atleast_{name[-2:]}"
    if name.isupper() or len(name) <= 2:
        return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def labels(text, label=lambda names: names[0]):
    """Returns the argument labels of a parameter list that opens at the start of `text`: "(dim:index:)"."""
    depth, parts, current = 0, [], ""
    for character in text:
        if character in "([{<":
            depth += 1
            if depth == 1:
                continue
        elif character in ")]}>" and not current.endswith("-"):
            depth -= 1
            if depth == 0:
                break
        elif character == "," and depth == 1:
            parts.append(current)
            current = ""
            continue
        current += character
    if current.strip():
        parts.append(current)
    return "(" + "".join(label(part.split(":")[0].split()) + ":" for part in parts) + ")"


def signature(kind, rest, lines):
    """Returns the labels of a function. Its declaration begins with `rest` and may continue in `lines`."""
    if kind not in ("func", "init", "subscript"):
        return ""
    text = rest
    for line in lines:
        if text.count("(") and text.count("(") <= text.count(")"):
            break
        text += " " + line.strip()
    # Generic parameters precede the parameter list.
    depth = 0
    for i, character in enumerate(text):
        if character == "<":
            depth += 1
        elif character == ">" and text[i - 1] != "-":
            depth -= 1
        elif character == "(" and depth == 0:
            # A subscript's parameter has a label only if it has two names.
            return labels(
                text[i:],
                (lambda names: names[0] if len(names) > 1 else "_") if kind == "subscript" else lambda names: names[0],
            )
    return "()"


def pytorch(comment, owner, words, kind, name, is_operator):
    """Returns the declaration's name in PyTorch, or None."""
    found = re.search(r"(?:PyTorch|NumPy): ((?:`[^`]*`|[^.`;]|\.(?=\S))*)", comment)
    if found:
        names = re.match(r"`[^`]+`(?:(?:, | and | or )`[^`]+`)*", found.group(1))
        return names.group(0) if names else found.group(1).strip()
    if owner in namespaces and kind == "func":
        return f"`{namespaces[owner]}.{snake(name)}`"
    if not is_operator or name in own or kind not in ("func", "var"):
        return None
    place = elsewhere.get(snake(name), "Tensor" if owner == "Tensor" and "static" not in words else "torch")
    return f"`{place}.{snake(name)}`" if owner in ("Tensor", None) else None


def spelling(owner, words, kind, name, arguments):
    if kind in types or kind == "typealias":
        return f"{owner}.{name}" if owner else name
    if kind == "init":
        return owner + arguments
    if kind == "subscript":
        return f"{owner}.subscript{arguments}"
    if owner is None:
        return name + arguments
    if owner == "Tensor" and "static" not in words:
        return "x." + name + arguments
    return f"{owner}.{name}{arguments}"


def python(comment, owner, kind, library):
    """Returns the declaration's name in Hugging Face's libraries or torchtext, or None."""
    found = re.search(r"(?:Python|PyTorch|torchtext|`tokenizers`|`transformers`|`sentence_transformers`): ((?:`[^`]*`|[^.`;]|\.(?=\S))*)", comment)
    if not found:
        return None
    names = re.match(r"`[^`]+`(?:(?:, | and | or )`[^`]+`)*", found.group(1))
    if not names:
        return found.group(1).strip()
    place = library if kind in types or owner is None else python_types.get(owner)
    return re.sub(r"`(?!len\()(\w+(?:\([^`]*\))?)`", rf"`{place}.\1`", names.group(0)) if place else names.group(0)


def declarations(path):
    """Yields (comment, owner, kind, words, name, spelling) for each public declaration of one file. Members of nested
    types count only if Python has the nested type."""
    lines = path.read_text().splitlines()
    owner, inner, comment = None, None, ""
    for number, line in enumerate(lines):
        if line.strip().startswith("///"):
            comment += " " + line.strip()[3:].strip()
            continue
        if line and line[0] not in " /}":
            found = scope.match(line)
            owner = found.group(2) if found else None
        if re.match(r" {4}\S", line):
            found = scope.match(line.strip())
            inner = f"{owner}.{found.group(2)}" if found else None
        found = declaration.match(line)
        outer = found and {0: None, 4: owner, 8: inner if inner in python_types else None}.get(len(found["indent"]))
        if found and (outer or not found["indent"]):
            kind, words = found["kind"], found["words"]
            name = "subscript" if kind == "subscript" else (found["name"] or "").strip("` ")
            arguments = signature(kind, found["rest"], lines[number + 1 : number + 20])
            yield comment, outer, kind, words, name, spelling(outer, words, kind, name, arguments)
        if line.strip() and not line.strip().startswith("@"):
            comment = ""


def rows(path):
    """Yields (PyTorch, Swift, key) for each public declaration of one file that PyTorch has."""
    is_operator = "Ops" in path.parts or path.parent.name == "Tensor"
    for comment, owner, kind, words, name, ours in declarations(path):
        if name and not (name[0].isalpha() or name[0] == "_"):
            if owner == "Tensor" and not name.endswith("=") or name.startswith("."):
                term = "{}a" if "prefix" in words else "a {} b"
                yield f"`{term.format(name.lstrip('.'))}`", term.format(name), (owner, words, name)
        else:
            theirs = pytorch(comment, owner, words, kind, name, is_operator)
            if theirs and not (kind == "init" and "PyTorch:" not in comment):
                yield theirs, ours, (owner, name)


def text_rows(path, library):
    """Yields (Python, Swift, key) for each public declaration of one file that Python has, and (None, Swift, first
    sentence of the comment) for types and functions that only Swift has."""
    for comment, owner, kind, words, name, ours in declarations(path):
        theirs = python(comment, owner, kind, library)
        if theirs:
            yield theirs, ours, (owner, ours)
        elif (kind == "func" or kind in types) and name[0].isalpha() and name not in conformances:
            yield None, ours, re.match(r"(?:(?!- )(?:`[^`]*`|[^.`]|\.(?=\S)))*\.?", comment.strip()).group(0).strip()


def merged(entries):
    """Merges the entries to one row per name. It has the form with the most arguments, and all PyTorch names that
    comments give."""
    result = {}
    for theirs, ours, key in entries:
        row = result.setdefault(key, [[], ours])
        if ours.count(":") > row[1].count(":"):
            row[1] = ours
        names = re.findall(r"`[^`]+`", theirs) if theirs.startswith("`") else [theirs]
        row[0] += [name for name in names if last(name) not in map(last, row[0])]
    for (owner, name, *_), row in result.items():
        # A comment on several declarations gives all their names; each row keeps its own.
        siblings = {snake(other[1]) for other in result if other[0] == owner and other[1] != name}
        row[0] = [theirs for theirs in row[0] if last(theirs) not in siblings] or row[0]
        # An in-place method, if PyTorch has an argument for it.
        base = result.get((owner, name[:-1])) if name.endswith("_") and row[0] == [f"`Tensor.{snake(name)}`"] else None
        if base and not any("torch.nn.functional" not in theirs for theirs in base[0]):
            row[0] = [f"{base[0][0][:-1]}(inplace=True)`"]
    return [(", ".join(theirs), ours) for theirs, ours in result.values()]


def last(name):
    return name.strip("`").split(".")[-1].split("(")[0]


def table(titles, entries):
    return [f"| {' | '.join(titles)} |", "| " + " | ".join("---" for _ in titles) + " |"] + [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in entry) + " |" for entry in entries
    ]


def files(patterns):
    return list(
        dict.fromkeys(
            path for pattern in patterns for path in sorted((root / "Sources").glob(pattern)) if path.suffix == ".swift"
        )
    )


def pytorch_page():
    text = [
        "# PyTorch to Swift",
        "",
        "What each name of PyTorch is called here.",
        "",
        "## Overview",
        "",
        "PyTorch's words in Swift's grammar: `index_add_` is `indexAdd_`, arguments keep PyTorch's names as labels, a trailing underscore means in place. What is a method here stands",
        "once, as the method, though many are functions too (`exp(x)`, `F.relu(x)`); `x` is a tensor. `Scripts/name-tables.py` writes this page from the sources.",
    ]
    for title, patterns in pytorch_sections:
        found = merged([row for path in files(patterns) for row in rows(path)])
        if found:
            text += ["", f"### {title}", ""] + table(
                ["PyTorch", "Swift"], [(theirs, f"`{ours}`") for theirs, ours in found]
            )
    return text


def text_page():
    text = [
        "# Python to Swift",
        "",
        "What each name of datasets, huggingface_hub, tokenizers, torchtext and transformers is called here.",
        "",
        "## Overview",
        "",
        "Python's words in Swift's grammar: `with_format` is `withFormat`, arguments keep Python's names as labels. `Scripts/name-tables.py` writes this page from the sources.",
    ]
    only = []
    for title, patterns in text_sections:
        found = [row for path in files(patterns) for row in text_rows(path, title)]
        only += [(f"`{ours}`", what) for theirs, ours, what in found if not theirs]
        text += ["", f"### {title}", ""] + table(
            [title, "Swift"], [(theirs, f"`{ours}`") for theirs, ours, _ in found if theirs]
        )
    return text + ["", "### Only here", ""] + table(["Swift", "what it is"], only)


def main():
    for path, page in (
        ("Torch/Torch.docc/PyTorchToSwift.md", pytorch_page()),
        ("TorchText/TorchText.docc/PythonToSwift.md", text_page()),
    ):
        (root / "Sources" / path).write_text("\n".join(page) + "\n")


main()

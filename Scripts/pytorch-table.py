#!/usr/bin/env python3
"""Writes Sources/Torch/Torch.docc/PyTorchToSwift.md: what each name of PyTorch is called here, taken from the public declarations in Sources.

The PyTorch name is what the declaration's comment says behind "PyTorch:" (or "NumPy:"). An operator without one has PyTorch's spelling of its own name.
"""
import re
from pathlib import Path

root = Path(__file__).resolve().parent.parent
table = root / "Sources/Torch/Torch.docc/PyTorchToSwift.md"

# (title, files), in the order of the page.
sections = [
    ("Tensors", ["Torch/Core/*", "Torch/Tensor/*", "Torch/Interop/*"]),
    ("Printing", ["Torch/Formatting/*"]),
    *((path.stem, [str(path.relative_to(root / "Sources"))]) for path in sorted((root / "Sources/Torch/Ops").rglob("*.swift"), key=lambda path: path.name)),
    ("Differentiation", ["Torch/Autograd/*"]),
    ("Modules", ["Torch/NN/*"]),
    ("Optimizers", ["Torch/Optim/*", "Torch/Optim/Schedulers/*"]),
    ("Data", ["Torch/Data/*"]),
    ("Files", ["Torch/Serialization/**/*"]),
    ("Images", ["TorchVision/**/*"]),
    ("NumPy", ["TorchPython/**/*"]),
]

# Where the members of a caseless enum are PyTorch's functions.
namespaces = {"special": "torch.special", "linalg": "torch.linalg", "masked": "torch.masked", "fft": "torch.fft", "cuda": "torch.cuda", "Init": "torch.nn.init"}

# Operators that PyTorch has in one place only.
elsewhere = {name: "torch.nn.functional" for name in ("relu6", "selu", "celu", "hardsigmoid", "hardswish", "softsign", "tanhshrink", "dropout2d", "dropout3d")} | {"std_mean": "torch", "native_dropout_backward": "torch.ops.aten"}

# What PyTorch does not have.
own = {"operand", "itemSize", "itemScalar", "withUnsafeElements", "withUnsafeMutableElements", "slice"}

declaration = re.compile(
    r"(?P<indent> *)(?:@\S+ )*public (?P<words>(?:(?:static|final|class|convenience|required|mutating|override|indirect|nonisolated|open|prefix) )*)"
    r"(?P<kind>func|var|let|init|struct|class|enum|protocol|typealias) ?(?P<name>`?\w+`?|[^\s\w(]+ )?(?P<rest>.*)")
scope = re.compile(r"(?:@\S+ )*(?:public |fileprivate |private |open )?(?:final )?(extension|class|struct|enum|protocol|actor) (\w+)")


def snake(name):
    if re.fullmatch(r"atleast\dd", name):
        return f"atleast_{name[-2:]}"
    if name.isupper() or len(name) <= 2:
        return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def labels(text):
    """The argument labels of a parameter list that opens at the start of `text`: "(dim:index:)"."""
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
    return "(" + "".join(part.split(":")[0].split()[0] + ":" for part in parts) + ")"


def signature(kind, rest, lines):
    """The labels of a function whose declaration begins with `rest` and may go on in `lines`."""
    if kind not in ("func", "init"):
        return ""
    text = rest
    for line in lines:
        if text.count("(") and text.count("(") <= text.count(")"):
            break
        text += " " + line.strip()
    # Generic parameters stand before the parameter list.
    depth = 0
    for i, character in enumerate(text):
        if character == "<":
            depth += 1
        elif character == ">" and text[i - 1] != "-":
            depth -= 1
        elif character == "(" and depth == 0:
            return labels(text[i:])
    return "()"


def pytorch(comment, owner, words, kind, name, is_operator):
    """What the declaration is called in PyTorch, or None."""
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
    if kind in ("struct", "class", "enum", "protocol", "typealias"):
        return f"{owner}.{name}" if owner else name
    if kind == "init":
        return owner + arguments
    if owner is None:
        return name + arguments
    if owner == "Tensor" and "static" not in words:
        return "x." + name + arguments
    return f"{owner}.{name}{arguments}"


def rows(path):
    """(PyTorch, Swift, key) for each public declaration of one file that PyTorch has."""
    lines = path.read_text().splitlines()
    is_operator = "Ops" in path.parts or path.parent.name == "Tensor"
    owner, comment = None, ""
    for number, line in enumerate(lines):
        if line.strip().startswith("///"):
            comment += " " + line.strip()[3:].strip()
            continue
        if line and line[0] not in " /}":
            found = scope.match(line)
            owner = found.group(2) if found else None
        found = declaration.match(line)
        if found and len(found["indent"]) in (0, 4):
            kind, words = found["kind"], found["words"]
            name = (found["name"] or "").strip("` ")
            outer = owner if found["indent"] else None
            if name and not name[0].isalpha():
                if outer == "Tensor" and not name.endswith("=") or name.startswith("."):
                    term = "{}a" if "prefix" in words else "a {} b"
                    yield f"`{term.format(name.lstrip('.'))}`", term.format(name), (outer, words, name)
            else:
                theirs = pytorch(comment, outer, words, kind, name, is_operator)
                if theirs and not (kind == "init" and "PyTorch:" not in comment):
                    yield theirs, spelling(outer, words, kind, name, signature(kind, found["rest"], lines[number + 1:number + 20])), (outer, name)
        if line.strip() and not line.strip().startswith("@"):
            comment = ""


def merged(entries):
    """One row a name: of several forms the one with the most arguments, and every PyTorch name that a comment gives."""
    result = {}
    for theirs, ours, key in entries:
        row = result.setdefault(key, [[], ours])
        if ours.count(":") > row[1].count(":"):
            row[1] = ours
        names = re.findall(r"`[^`]+`", theirs) if theirs.startswith("`") else [theirs]
        row[0] += [name for name in names if last(name) not in map(last, row[0])]
    for (owner, name, *_), row in result.items():
        # A comment on several declarations names them all; each row keeps its own.
        siblings = {snake(other[1]) for other in result if other[1] != name}
        row[0] = [theirs for theirs in row[0] if last(theirs) not in siblings] or row[0]
        # In place where PyTorch has an argument for it.
        base = result.get((owner, name[:-1])) if name.endswith("_") and row[0] == [f"`Tensor.{snake(name)}`"] else None
        if base and not any("torch.nn.functional" not in theirs for theirs in base[0]):
            row[0] = [f"{base[0][0][:-1]}(inplace=True)`"]
    return [(", ".join(theirs), ours) for theirs, ours in result.values()]


def last(name):
    return name.strip("`").split(".")[-1].split("(")[0]


def main():
    text = ["# PyTorch to Swift", "", "What each name of PyTorch is called here.", "", "## Overview", "",
            "PyTorch's words in Swift's grammar: `index_add_` is `indexAdd_`, arguments keep PyTorch's names as labels, a trailing underscore means in place. What is a method here stands",
            "once, as the method; `x` is a tensor. `Scripts/pytorch-table.py` writes this page from the sources."]
    for title, patterns in sections:
        files = sorted({path for pattern in patterns for path in (root / "Sources").glob(pattern) if path.suffix == ".swift"})
        found = list(merged([row for path in files for row in rows(path)]))
        if found:
            text += ["", f"### {title}", "", "| PyTorch | Swift |", "| --- | --- |"]
            text += ["| {} | `{}` |".format(theirs.replace("|", "\\|"), ours.replace("|", "\\|")) for theirs, ours in found]
    table.write_text("\n".join(text) + "\n")


main()

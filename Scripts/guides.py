#!/usr/bin/env python3
"""Writes Tests/Guides/NAME.swift, the code of each guide, from the code blocks of its page NAME.md.

With --run PROGRAM, writes nothing: checks that these files are current, then runs the program `guides` for each page
and compares what it prints with what the page says. With --python PYTHON, does the same for the Python blocks of pages
that have both languages side by side; this needs PyTorch. With --script NAME, prints the code of one guide, as it is
typed into main.swift.

A page says what a `print` prints in the comment behind it and in the comments of the lines below it, or in a block
without a language. The sign … stands for any text. Spaces that align comments do not count. Code that is wider than
the column of text in a browser is refused.
"""

import argparse
import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

root = Path(__file__).resolve().parent.parent
pages = {
    name: root / "Sources" / folder / f"{name}.md"
    for name, folder in [
        ("LearnTheBasics", "Torch/Torch.docc"),
        ("Modules", "Torch/Torch.docc"),
        ("DatasetsAndLoaders", "Torch/Torch.docc"),
        ("Checkpoints", "Torch/Torch.docc"),
        ("AutogradGuide", "Torch/Torch.docc"),
        ("Swift6", "Torch/Torch.docc"),
        ("Performance", "Torch/Torch.docc"),
        ("ProfilerGuide", "Torch/Torch.docc"),
        ("FromPyTorch", "Torch/Torch.docc"),
        ("Plots", "TorchPlot/TorchPlot.docc"),
    ]
}
# The pages whose Python blocks are a program that prints what the Swift blocks print.
side_by_side = ["FromPyTorch"]
marks = {"swift": "//", "python": "#"}
# The columns of code that a browser shows without scrolling, on a whole page and in one half of it.
page_width, half_width = 75, 34


def blocks(page, language):
    """Yields (language, lines) for the blocks in a language, and for those of what it prints."""
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        if found[1] in (language, ""):
            yield found[1], found[2].splitlines()


def comment(line, mark):
    """Returns the comment of a line, or None."""
    found = re.search(rf"(?:^|\s){mark} ?(.*)$", line)
    return found and found[1]


def code(page, language="swift"):
    return [line for kind, lines in blocks(page, language) if kind for line in [*lines, ""]]


def printed(page, language="swift"):
    """Returns the lines that a page says are printed."""
    result = []
    for kind, lines in blocks(page, language):
        if not kind:
            result += lines
            continue
        follows = False
        for line in lines:
            text = comment(line, marks[language])
            is_print = re.match(r"\s*(print|debugPrint)\(", line) is not None
            if text is not None and (is_print or (follows and line.lstrip().startswith(marks[language]))):
                result.append(text)
            else:
                follows = False
            follows = follows or is_print
    return result


def is_narrow(name):
    """Says which lines of code are too wide for a page."""
    wide = [
        line
        for language in marks
        for line in code(pages[name], language)
        if len(line) > (half_width if name in side_by_side else page_width)
    ]
    for line in wide:
        print(f"{pages[name].relative_to(root)}: too wide: {line.strip()}", file=sys.stderr)
    return not wide


def function(name):
    """Returns the text of a guide's file."""
    lines = code(pages[name])
    imports = sorted({line for line in lines if line.startswith("import ")})
    body = []
    for line in lines:
        # Comments that are aligned with the one above begin where its line begins.
        if line.lstrip().startswith("//") and body and comment(body[-1], "//") is not None:
            line = re.match(r"\s*", body[-1])[0] + line.lstrip()
        if not line.startswith("import "):
            body.append(line)
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(f"    {line}".rstrip() for line in body)).strip("\n")
    text = re.sub(r"(\S) {2,}(?=// )", r"\1 ", text)
    path = pages[name].relative_to(root)
    head = [f"// The code of {path}. Scripts/guides.py writes this file.", *imports, ""]
    return "\n".join([*head, f"func {name[0].lower()}{name[1:]}() async throws {{", text, "}", ""])


def file(name):
    return root / "Tests/Guides" / f"{name}.swift"


def is_current(name):
    return file(name).exists() and file(name).read_text().split() == function(name).split()


def words(lines):
    return [" ".join(line.split()) for line in lines if line.strip()]


def difference(said, got):
    """Returns the lines in which what is printed differs from what a page says, or nothing."""
    patterns = [".*".join(map(re.escape, line.split("…"))) for line in said]
    if len(said) == len(got) and all(re.fullmatch(p, line) for p, line in zip(patterns, got)):
        return []
    # A line that the page says in other words counts as the same.
    known = [(s, p) for s, p in zip(said, patterns) if p != ".*"]
    same = [next((s for s, p in known if re.fullmatch(p, line)), line) for line in got]
    return list(difflib.unified_diff(said, same, "the page", "the program", lineterm=""))


def compare(name, command, language="swift"):
    """Runs a program in an empty folder. Returns whether it prints what the page says."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    found = difference(words(printed(pages[name], language)), words(run.stdout.splitlines()))
    if not found and run.returncode == 0:
        return True
    print(f"{pages[name].relative_to(root)}, {language}:", *found, sep="\n", file=sys.stderr)
    print(run.stderr, f"status {run.returncode}", file=sys.stderr)
    return False


def check(program):
    stale = [name for name in pages if not is_current(name)]
    for name in stale:
        print(f"{file(name).relative_to(root)} is not current: run Scripts/guides.py.", file=sys.stderr)
    return all([is_narrow(name) for name in pages]) and not stale and all(
        [compare(name, [program, name]) for name in pages]
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", metavar="PROGRAM", type=os.path.abspath)
    parser.add_argument("--python", metavar="PYTHON")
    parser.add_argument("--script", metavar="NAME", choices=pages)
    options = parser.parse_args()
    if options.script:
        print("\n".join(code(pages[options.script])))
    elif options.run:
        if not check(options.run):
            sys.exit(1)
        print(f"{len(pages)} guides print what their pages say.")
    elif options.python:
        programs = {name: "\n".join(code(pages[name], "python")) for name in side_by_side}
        if not all([compare(name, [options.python, "-c", text], "python") for name, text in programs.items()]):
            sys.exit(1)
    else:
        for name in pages:
            if not is_current(name):
                file(name).write_text(function(name))


main()

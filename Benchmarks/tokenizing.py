"""Measures tokenizing against Hugging Face's library `tokenizers`, alternately in one run. Uses one thread, except for
batches.

    python Benchmarks/tokenizing.py PROGRAM     with PROGRAM = .build/release/bench-text

The text is English prose: the docstrings of the Python modules installed here, cut into pieces as long as an IMDB
review. The tokenizers are trained on it: WordPiece with BERT's settings (20,000 tokens), and byte-level BPE with the
expressions of GPT-2 and Llama 3 (20,000 tokens). torchtext's basic_english is written out, with its vocabulary in a
dict.
"""

import ast
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import tempfile
import time

os.environ["RAYON_NUM_THREADS"] = str(os.cpu_count())

from tokenizers import Regex, Tokenizer, decoders, models  # noqa: E402
from tokenizers import normalizers, pre_tokenizers, processors, trainers  # noqa: E402

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
RULES = [
    (re.compile(p), r)
    for p, r in [
        (r"\'", " '  "),
        (r"\"", ""),
        (r"\.", " . "),
        (r"<br \/>", " "),
        (r",", " , "),
        (r"\(", " ( "),
        (r"\)", " ) "),
        (r"\!", " ! "),
        (r"\?", " ? "),
        (r"\;", " "),
        (r"\:", " "),
        (r"\s+", " "),
    ]
]


def basic_english(text):
    text = text.lower()
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text.split()


def corpus(size=8_000_000, length=1300):
    """Returns docstrings as reviews: about `size` bytes in pieces of about `length` bytes."""
    words, total = [], 0
    for path in sorted(pathlib.Path(sysconfig.get_paths()["stdlib"]).rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                for word in (ast.get_docstring(node) or "").split():
                    words.append(word)
                    total += len(word) + 1
        if total > size:
            break
    while total < size:
        words += words
        total *= 2
    texts, current, count = [], [], 0
    for place, word in enumerate(words):
        current.append(word + ("<br /><br />" if place % 120 == 119 else ""))
        count += len(word) + 1
        if count > length:
            texts.append(" ".join(current).replace("\0", ""))
            current, count = [], 0
    return texts[: size // length]


def train(texts, folder):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer, t.decoder = (
        normalizers.BertNormalizer(),
        pre_tokenizers.BertPreTokenizer(),
        decoders.WordPiece(),
    )
    t.train_from_iterator(
        texts,
        trainers.WordPieceTrainer(
            vocab_size=20_000, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False
        ),
    )
    t.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    t.save(f"{folder}/wordpiece.json")
    for name in ["gpt2", "llama3"]:
        t = Tokenizer(models.BPE())
        t.pre_tokenizer = (
            pre_tokenizers.ByteLevel(add_prefix_space=False)
            if name == "gpt2"
            else pre_tokenizers.Sequence(
                [
                    pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
                ]
            )
        )
        t.decoder, t.post_processor = decoders.ByteLevel(), processors.ByteLevel()
        t.train_from_iterator(
            texts,
            trainers.BpeTrainer(
                vocab_size=20_000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
            ),
        )
        t.save(f"{folder}/{name}.json")


def main():
    texts = corpus()
    size = sum(len(t.encode()) for t in texts)
    with tempfile.TemporaryDirectory() as folder:
        train(texts[:1500], folder)
        path = f"{folder}/texts"
        pathlib.Path(path).write_bytes(b"".join(t.encode() + b"\0" for t in texts))
        swift = subprocess.Popen([sys.argv[1], path, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        counter = collections.Counter(token for text in texts for token in basic_english(text))
        vocabulary = {
            token: place
            for place, (token, _) in enumerate(
                [("<unk>", 0)] + sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:19_999]
            )
        }
        loaded = {name: Tokenizer.from_file(f"{folder}/{name}.json") for name in ["wordpiece", "gpt2", "llama3"]}
        rivals = {
            "basic_english": lambda: sum(
                len([vocabulary.get(token, 0) for token in basic_english(text)]) for text in texts
            )
        }
        for name, t in loaded.items():
            rivals[name] = lambda t=t: sum(len(t.encode(text).ids) for text in texts)
            rivals[name + " batch"] = lambda t=t: sum(len(e.ids) for e in t.encode_batch(texts))
            rivals[name + " load"] = lambda name=name: Tokenizer.from_file(f"{folder}/{name}.json").get_vocab_size()
        print(f"{len(texts)} texts, {size / 1e6:.1f} MB")
        for name, rival in rivals.items():
            own, other = [], []
            for _ in range(3):
                swift.stdin.write(f"time {name}|1\n")
                swift.stdin.flush()
                answer = json.loads(swift.stdout.readline())
                own.append(answer["seconds"])
                start = time.perf_counter()
                tokens = rival()
                other.append(time.perf_counter() - start)
                assert tokens == answer["tokens"], (name, tokens, answer)
            a, b = min(own), min(other)
            speed = "" if name.endswith("load") else f"  {size / a / 1e6:7.1f} MB/s, Python {size / b / 1e6:6.1f} MB/s"
            print(f"{name:16}  {a * 1e3:8.1f} ms, Python {b * 1e3:8.1f} ms, ratio {a / b:.2f}{speed}")
        swift.stdin.close()


main()

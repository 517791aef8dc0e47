"""Writes the file of the benchmark's text part: 25,000 reviews in the form of IMDB's train split, with pyarrow's
default settings.

text.py FILE    writes the file, which is always the same; ends with exit code 3 if there is no pyarrow
"""

import random
import sys

try:
    import pyarrow.parquet
except ImportError:
    pyarrow = None

ROWS = 25_000
# The frequencies of letters in English.
LETTERS = dict(
    zip(
        "etaoinshrdlucmwfgypbvkxjqz",
        [127, 91, 82, 75, 70, 67, 63, 61, 60, 43, 40, 28, 28, 24, 24, 22, 20, 20, 19, 15, 10, 8, 2, 2, 1, 1],
    )
)


def reviews():
    """Returns texts of about 1,300 characters. Word frequencies are as in a language: that of the n-th word is
    proportional to 1 / n."""
    draw = random.Random(0)
    letters, weights = list(LETTERS), list(LETTERS.values())
    words = [
        "".join(draw.choices(letters, weights, k=max(1, round(draw.gauss(4 if n < 500 else 7, 2)))))
        for n in range(30_000)
    ]
    cumulative, total = [], 0.0
    for n in range(len(words)):
        total += 1 / (n + 1)
        cumulative.append(total)
    return [
        " ".join(draw.choices(words, cum_weights=cumulative, k=max(10, round(draw.lognormvariate(5.25, 0.6)))))
        for _ in range(ROWS)
    ]


def write(path):
    table = pyarrow.table(
        {"text": reviews(), "label": pyarrow.array([2 * row // ROWS for row in range(ROWS)], pyarrow.int64())}
    )
    pyarrow.parquet.write_table(table, path)


if __name__ == "__main__":
    if pyarrow is None:
        sys.exit(3)
    write(sys.argv[1])

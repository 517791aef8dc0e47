"""Writes the folder `hub` beside it: small repositories as the hub has them, for HubServer. Needs `pip install datasets`."""
import gzip
import os
import random
import shutil

from datasets import ClassLabel, Dataset, Features, Value

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.join(here, "hub")
shutil.rmtree(root, ignore_errors=True)


def write(repository, path, content):
    file = os.path.join(root, "datasets", repository, "main", path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with open(file, "wb") as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return file


def write_aliases():
    with open(os.path.join(root, "aliases.json"), "w") as f:
        f.write('{"datasets/imdb": "datasets/stanfordnlp/imdb"}\n')


# In IMDB's form: reviews, 0 for bad and 1 for good ones, -1 where nobody said.
good = ["a warm, funny film", "the best I've seen this year", "wonderfully acted", "it moved me to tears"]
bad = ["a dull, lifeless film", "the worst I've seen this year", "badly acted", "it bored me to tears"]
features = Features({"text": Value("string"), "label": ClassLabel(names=["neg", "pos"])})


def reviews(n, labels):
    text = [f"Review {i}: {(good if labels[i % len(labels)] == 1 else bad)[i % 4]}.<br /><br />\"{'So' if i % 2 else 'Oh'} what?\" she said." for i in range(n)]
    text[0] = "I rented it because it couldn't be as bad as everybody said.<br /><br />It was.\n"
    return Dataset.from_dict({"text": text, "label": [labels[i % len(labels)] for i in range(n)]}, features=features)


splits = {"train": reviews(20, [0, 0, 1]), "test": reviews(8, [0, 1]), "unsupervised": reviews(3, [-1])}
for name, split in splits.items():
    file = write("stanfordnlp/imdb", f"plain_text/{name}-00000-of-00001.parquet", b"")
    split.to_parquet(file)
card = """---
language:
- en
pretty_name: IMDB
dataset_info:
  config_name: plain_text
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
  splits:
"""
for name, split in splits.items():
    card += f"  - name: {name}\n    num_bytes: 1000\n    num_examples: {len(split)}\n"
card += """  download_size: 3000
  dataset_size: 3000
configs:
- config_name: plain_text
  data_files:
  - split: train
    path: plain_text/train-*
  - split: test
    path: plain_text/test-*
  - split: unsupervised
    path: plain_text/unsupervised-*
  default: true
---

# Reviews of films
"""
write("stanfordnlp/imdb", "README.md", card)
write_aliases()

# Splits by the names of files.
write("owner/lines", "train.jsonl", '{"text": "a", "n": 1}\n{"text": "b", "n": 2.5, "tags": ["x", null]}\n')
write("owner/lines", "dev.jsonl", '{"text": "c", "n": 3}\n')
write("owner/lines", "config.json", "{}")
# Splits by the names of folders.
for path, rows in {"data/train/b.csv": "3,c", "data/train/a.csv": "1,a\n2,", "data/test/a.csv": "4,d", "other/x.bin": ""}.items():
    write("owner/folders", path, f"n,s\n{rows}\n")
# Neither: all is train. One file is compressed, two are hidden.
write("owner/texts", "a.txt", "one\ntwo\n")
write("owner/texts", "sub/b.txt.gz", gzip.compress(b"three\n", mtime=0))
write("owner/texts", ".hidden/c.txt", "no\n")
write("owner/texts", "__special__/d.txt", "no\n")
# Several configurations, and none is the default.
write("owner/configs", "README.md", """---
configs:
- config_name: english
  data_files: "en/*.csv"
- config_name: french
  data_files:
  - split: train
    path: ["fr/a*.csv", "fr/b.csv"]
  - split: eval
    path: fr/c.csv
- config_name: '2024'
  data_dir: years/2024
---
""")
for path in ("en/1.csv", "en/2.csv", "fr/a1.csv", "fr/b.csv", "fr/c.csv", "years/2024/train.csv", "years/2024/test.csv"):
    write("owner/configs", path, f"path,n\n{path},{len(path)}\n")
# Tabs, and what the card says of the columns.
write("owner/tabs", "README.md", """---
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': cold
          '1': warm
configs:
- config_name: default
  data_files: data.tsv
  sep: "\\t"
---
""")
write("owner/tabs", "data.tsv", "text\tlabel\nhello, you\t1\n\"a \"\"b\"\"\"\t0\n")
# Sharded files, in a split of another name.
for shard in range(2):
    Dataset.from_dict({"i": [shard * 2, shard * 2 + 1], "v": [{"a": [shard]}, None]}).to_parquet(write("owner/shards", f"data/extra-{shard:05d}-of-00002.parquet", b""))
Dataset.from_dict({"i": [9], "v": [None]}, features=Features({"i": Value("int64"), "v": {"a": [Value("int64")]}})).to_parquet(write("owner/shards", "data/train-00000-of-00001.parquet", b""))
# Nothing to read.
write("owner/nothing", "README.md", "# Nothing\n")
write("owner/foreign", "a.foo", "x")
# For Examples/imdb: what is said of a film decides the label, in words of which a reader knows some from elsewhere.
draw = random.Random(0)
praise = "warm funny moving clever fresh charming superb lovely gripping brilliant".split()
blame = "dull lifeless clumsy stale tedious shallow awful boring hollow dreadful".split()
things = "plot cast music camera dialogue ending pace story acting script".split()


def sentence(label):
    words = (blame, praise)[label]
    parts = [f"{draw.choice(['the', 'its', 'this'])} {draw.choice(things)} {draw.choice(['is', 'was', 'felt'])} {draw.choice(words)}" for _ in range(draw.randint(2, 4))]
    return f"{', '.join(parts)}.".capitalize()


for name, count in (("train", 400), ("test", 100)):
    labels = [i % 2 for i in range(count)]
    rows = Dataset.from_dict({"text": [sentence(label) for label in labels], "label": labels}, features=features)
    rows.to_parquet(write("owner/sentences", f"data/{name}-00000-of-00001.parquet", b""))

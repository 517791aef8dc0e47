"""What Python's `datasets` loads from the hub at HF_ENDPOINT, as JSON on standard output. DatasetsPythonTests runs it: `make test-hub`."""
import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

import datasets
from datasets import DatasetDict, load_dataset

datasets.disable_progress_bars()
CASES = [
    {"path": "imdb"}, {"path": "stanfordnlp/imdb"}, {"path": "imdb", "name": "plain_text", "split": "test"}, {"path": "imdb", "split": "train[:3]+test[50%:]"}, {"path": "imdb", "split": "train[-2:]"},
    {"path": "imdb", "split": "all"}, {"path": "imdb", "name": "other"}, {"path": "imdb", "split": "other"}, {"path": "imdb", "split": "train[90:]"}, {"path": "imdb", "split": "train[:10%"},
    {"path": "imdb", "data_files": "plain_text/test*"}, {"path": "imdb", "data_files": {"a": "plain_text/test*", "b": ["plain_text/train*", "plain_text/test*"]}}, {"path": "imdb", "data_dir": "plain_text"},
    {"path": "owner/lines"}, {"path": "owner/folders"}, {"path": "owner/texts"}, {"path": "owner/configs"}, {"path": "owner/configs", "name": "english"}, {"path": "owner/configs", "name": "french"},
    {"path": "owner/configs", "name": "2024"}, {"path": "owner/configs", "name": "german"}, {"path": "owner/tabs"}, {"path": "owner/shards"}, {"path": "owner/nothing"}, {"path": "owner/foreign"},
]


# The hub redirects the old name to the new one, but datasets 5 asks for names with an owner.
ALIASES = {"imdb": "stanfordnlp/imdb"}


def load(case):
    case = dict(case, path=ALIASES.get(case["path"], case["path"]))
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            loaded = load_dataset(**case)
    except Exception as error:
        return {"error": str(error)}
    splits = loaded if isinstance(loaded, DatasetDict) else {"": loaded}
    # datasets 5 reads the texts of CSV files as large ones.
    text = lambda d: str(d).replace("large_string", "string")
    return {"text": str(loaded), "splits": {name: [str(d.split), text(d.features), str(d[:])] for name, d in splits.items()}}


if sys.argv[1:] == ["row"]:
    print(load_dataset(ALIASES["imdb"])["train"][0])
else:
    print(json.dumps([[case, load(case)] for case in CASES], indent=1))

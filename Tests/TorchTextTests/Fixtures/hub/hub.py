"""What Python's huggingface_hub makes of the hub at HF_ENDPOINT and of the cache in HF_HOME, as JSON on standard output. HubPythonTests runs it: `make test-hub`.

    hub.py download     lists and downloads the repositories of HubFixture, and says what the library answered and what then lay in the cache
    hub.py offline      with HF_HUB_OFFLINE: reads the same files from the cache
    hub.py rules        what the library makes of environments and of repositories' names
    hub.py one NAME FILE    downloads one file and prints its path
"""

import hashlib
import json
import os
import subprocess
import sys

from huggingface_hub import HfApi, constants, hf_hub_download, snapshot_download, try_to_load_from_cache
from huggingface_hub.utils import HFValidationError, get_token, validate_repo_id

TRAIN = "plain_text/train-00000-of-00001.parquet"
# repository, type, revision, files
DOWNLOADS = [
    ("imdb", "dataset", "main", ["README.md", TRAIN]),
    ("stanfordnlp/imdb", "dataset", "refs/convert/parquet", ["plain_text/train/0000.parquet"]),
    ("owner/many", "dataset", "main", ["README.md", "a file & another+ü/100%.txt"]),
    ("bert-base-uncased", "model", "main", ["tokenizer.json"]),
]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def layout(root):
    """By path: what a link leads to, or a small file's text, or a digest."""
    result = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            key = os.path.relpath(path, root)
            if os.path.islink(path):
                result[key] = "-> " + os.readlink(path)
            elif "/refs/" in f"/{key}":
                result[key] = open(path).read()
            elif key.endswith(".json") and "/trees/" in key:
                result[key] = json.load(open(path))
            elif name == "CACHEDIR.TAG":
                result[key] = open(path).read().splitlines()[0]
            else:
                result[key] = digest(path)
    return result


def refusal(call):
    try:
        call()
        return None
    except Exception as error:
        return type(error).__name__


def download():
    api = HfApi()
    repositories = []
    for name, kind, revision, files in DOWNLOADS:
        info = api.repo_info(name, repo_type=kind, revision=None if revision == "main" else revision)
        listing = [
            {"path": f.path, "size": f.size, "oid": f.blob_id, "lfsOID": f.lfs.sha256 if f.lfs else None}
            for f in api.list_repo_tree(name, repo_type=kind, revision=info.sha, recursive=True)
            if hasattr(f, "blob_id")
        ]
        paths = api.get_paths_info(name, files, repo_type=kind, revision=info.sha)
        assert [p.path for p in paths] == files
        assert sorted(api.list_repo_files(name, repo_type=kind, revision=info.sha)) == sorted(f["path"] for f in listing)
        contents = [digest(hf_hub_download(name, file, repo_type=kind, revision=revision)) for file in files]
        repositories.append({"name": name, "type": kind, "revision": revision, "id": info.id, "sha": info.sha, "listing": listing, "files": files, "contents": contents})
    snapshot_download("imdb", repo_type="dataset", allow_patterns="*/test*")
    refusals = {
        "no repository": refusal(lambda: api.dataset_info("owner/none")),
        "no revision": refusal(lambda: api.dataset_info("imdb", revision="v2")),
        "no file": refusal(lambda: hf_hub_download("bert-base-uncased", "vocab.txt")),
        "gated": refusal(lambda: hf_hub_download("owner/gated", "data.csv", repo_type="dataset")),
    }
    assert not isinstance(try_to_load_from_cache("bert-base-uncased", "vocab.txt"), (str, type(None)))
    # What the library says of itself is not what is recorded.
    cache = {path: what for path, what in layout(constants.HF_HUB_CACHE).items() if not path.startswith(".locks/")}
    locks = sorted(path for path in layout(constants.HF_HUB_CACHE) if path.startswith(".locks/"))
    return {"repositories": repositories, "refusals": refusals, "cache": cache, "locks": locks}


def offline():
    assert constants.HF_HUB_OFFLINE
    contents = {name: [digest(hf_hub_download(name, file, repo_type=kind, revision=revision)) for file in files] for name, kind, revision, files in DOWNLOADS}
    return {
        "contents": contents,
        "snapshot": os.path.basename(snapshot_download("imdb", repo_type="dataset", allow_patterns=["README.md", TRAIN])),
        "absent": refusal(lambda: hf_hub_download("imdb", ".gitattributes", repo_type="dataset")),
        "known to be absent": not isinstance(try_to_load_from_cache("bert-base-uncased", "vocab.txt"), (str, type(None))),
    }


ENVIRONMENTS = [
    {},
    {"HF_HOME": "/data/hf"},
    {"XDG_CACHE_HOME": "/data/cache"},
    {"XDG_CACHE_HOME": "/data/cache", "HF_HOME": "~/hf"},
    {"HF_HOME": "$BASE/hf", "BASE": "/base"},
    {"HF_HOME": "${BASE}x/$NOBODY", "BASE": "/base"},
    {"HF_HUB_CACHE": "/data/hub"},
    {"HUGGINGFACE_HUB_CACHE": "~/old"},
    {"HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "/new"},
    {"HF_ENDPOINT": "http://127.0.0.1:8000/"},
    {"HF_HUB_OFFLINE": "1"},
    {"HF_HUB_OFFLINE": "true"},
    {"HF_HUB_OFFLINE": "0"},
    {"TRANSFORMERS_OFFLINE": "YES"},
    {"HF_TOKEN": " hf_abc\n"},
    {"HUGGING_FACE_HUB_TOKEN": "hf_old"},
    {"HF_TOKEN": "hf_new", "HUGGING_FACE_HUB_TOKEN": "hf_old"},
    {"HF_HUB_ETAG_TIMEOUT": "3", "HF_HUB_DOWNLOAD_TIMEOUT": "7"},
]

NAMES = [
    "imdb", "stanfordnlp/imdb", "a", "1", "Foo-BAR_foo.bar123", "_a/b_", "a/b/c", "", "/", "a/", "/a", "a--b", "a..b", "-a", "a-", ".a", "a.", "a/-b", "a/b.", "a/b.git", "a.git/b", "a b", "ä", "a\n",
    "x" * 96, "x" * 97, "x" * 60 + "/" + "y" * 60, "datasets/a/b",
]


def rules():
    probe = (
        "import json; from huggingface_hub import constants as c; from huggingface_hub.utils import get_token;"
        "print(json.dumps([c.ENDPOINT, c.HF_HOME, c.HF_HUB_CACHE, c.HF_HUB_OFFLINE, get_token(), c.HF_HUB_ETAG_TIMEOUT, c.HF_HUB_DOWNLOAD_TIMEOUT]))"
    )
    environments = []
    for environment in ENVIRONMENTS:
        full = {"HOME": "/nowhere", "PATH": os.environ["PATH"], **environment}
        answer = json.loads(subprocess.run([sys.executable, "-c", probe], env=full, check=True, capture_output=True).stdout)
        environments.append({"environment": {"HOME": "/nowhere", **environment}, "answer": dict(zip(["endpoint", "home", "cache", "isOffline", "token", "metadataTimeout", "downloadTimeout"], answer))})

    def is_good(name):
        try:
            validate_repo_id(name)
            return True
        except HFValidationError:
            return False

    return {"environments": environments, "names": [{"name": name, "isGood": is_good(name)} for name in NAMES]}


def one():
    return hf_hub_download(sys.argv[2], sys.argv[3], repo_type="dataset")


print(json.dumps({"download": download, "offline": offline, "rules": rules, "one": one}[sys.argv[1]](), indent=1, sort_keys=True, ensure_ascii=False))

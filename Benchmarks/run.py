"""Measures Swift against PyTorch. Both run alternately on the same inputs, after a check that they give the same
numbers. Each part has processes of its own: what PyTorch's allocator keeps from earlier work makes later work faster.

    make bench                               everything; writes BENCHMARKS.md
    make bench ARGS="--only overhead step"   parts of it; writes nothing

A ratio is Swift's figure divided by PyTorch's: below 1, Swift is faster. Each figure is the median of the rounds.
"""

import argparse
import datetime
import gzip
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")

# Name, description, and the limit of the ratio or None.
OVERHEAD = [
    ("add-8", "`a + b`, 8 elements", 0.20),
    ("add-8-recorded", "`a + b`, 8 elements, recorded for backward", 0.25),
    ("view", "`a.view(2, 4)`", None),
]
VIEWS = [(name, f"`{name}`", 1.0) for name in ["slice", "select", "transpose view", "expand", "unsqueeze"]]
STEP = [
    ("step-1", "training step, batch 1", None),
    ("step-64", "training step, batch 64", 0.55),
    ("step-1024", "training step, batch 1024", None),
]
OPERATORS = [
    "add",
    "mul",
    "div",
    "exp",
    "log",
    "sqrt",
    "pow 2.5",
    "tanh",
    "sigmoid",
    "relu",
    "gelu",
    "clamp",
    "where",
    "masked_fill",
    "eq",
    "int64 add",
    "sum",
    "sum dim 0",
    "sum dim 1",
    "mean",
    "var",
    "norm",
    "max",
    "argmax",
    "softmax",
    "log_softmax",
    "cumsum",
    "cat",
    "transpose",
    "index_select",
    "gather",
    "rand",
    "randn",
    "randperm",
    "matmul 512",
]
OPS = [(name, f"`{name}`", 1.0) for name in OPERATORS]
MOVEMENT = [
    (name, f"`{name}`", 1.0)
    for name in [
        "clone",
        "cast",
        "cat dim 1",
        "cat of 100",
        "stack",
        "stack dim 2",
        "flip dim 0",
        "flip dim 1",
        "roll",
        "roll dim 1",
        "rot90",
        "repeat",
        "repeat dim 1",
        "tril",
        "pad",
        "reflect",
        "channels_last",
        "permute",
        "every second",
        "transpose float64",
        "transpose bool",
        "arange",
        "im2col",
    ]
]
INDEXING = [
    (name, f"`{name}`", 1.0)
    for name in [
        "a[rows]",
        "a[i, j]",
        "a[mask]",
        "v[places]",
        "v[places] = w",
        "index_add",
        "scatter_add",
        "nonzero",
        "sort",
        "sort dim 1",
        "topk 10",
        "topk 100 of all",
    ]
]
IMAGES = [
    (f"{name}{suffix}", f"{text}, {way}", limit)
    for name, text, forward, both in [
        ("conv 3x3", "conv2d of 32×64×56×56, 3×3", 0.6, 0.9),
        ("conv depthwise", "the same, depthwise", 0.25, 0.4),
        ("conv 1x1", "1×1, 64 to 256 channels", 0.35, 0.45),
        ("conv stride 2", "3×3, stride 2, 64 to 128 channels", 0.6, 0.6),
        ("conv1d", "conv1d of 32×128×1000, 3", 1.0, 1.0),
        ("conv transposed", "conv_transpose2d, 64 to 32 channels, 4×4, stride 2", 0.45, 0.7),
        ("max_pool2d", "max_pool2d of 32×64×56×56, 2×2", 0.3, 0.4),
        ("avg_pool2d", "avg_pool2d, 2×2", 0.3, 0.4),
        ("interpolate", "bilinear interpolation to twice the size", 0.3, 0.4),
        ("batch_norm", "batch_norm of 64×256×28×28 in training", 0.5, 0.5),
        ("group_norm", "group_norm, 32 groups", 0.5, 0.5),
        ("layer_norm", "layer_norm of 32×128×768", 1.0, 1.0),
        ("rms_norm", "rms_norm", 1.0, 1.0),
    ]
    for suffix, way, limit in [("", "forward", forward), (" both", "both ways", both)]
]
NETWORKS = [
    ("resnet18 1", "ResNet-18, inference, batch 1", 0.75),
    ("resnet18 1 fused", "the same, fused", 0.75),
    ("resnet18 32", "ResNet-18, inference, batch 32", 0.7),
    ("resnet18 32 fused", "the same, fused", 0.7),
    ("resnet18 step", "ResNet-18, training step, batch 32", 0.85),
    ("mobilenet_v3_small 1", "MobileNet v3 small, inference, batch 1", 0.4),
    ("resnet18 1 bf16", "ResNet-18 in bfloat16, inference, batch 1", None),
    ("resnet18 32 bf16", "the same, batch 32", None),
    ("resnet18 32 bf16 or float32", "the same, beside PyTorch in float32", 0.45),
]
PICTURES = [
    ("decode", "a JPEG of 500×375 decoded", 1.05),
    ("resize and crop", "it resized to 256, cropped to 224, as float", 0.8),
    ("image folder", "2,000 such files: RandomResizedCrop to 224, batches of 64, two workers", 0.8),
]
SEQUENCES = [
    ("attention", "attention of 8×12×256×64, forward", 0.85),
    ("attention both", "the same, both ways", None),
    ("attention causal", "causal, forward", 0.6),
    ("attention causal both", "causal, both ways", 0.8),
    ("attention long", "causal attention of 1×12×2048×64, forward", 0.85),
    ("attention long both", "the same, both ways", 0.85),
    ("lstm 64 both", "LSTM, 2 layers, 256 wide, 64×100 steps, both ways", 0.85),
    ("lstm 1", "the same, inference, batch 1", 0.75),
    ("gru 64 both", "GRU of the same, both ways", 0.85),
    ("gru 1", "the same, inference, batch 1", 0.4),
    ("encoder layer 32 both", "TransformerEncoderLayer, 512 wide, 32×128, both ways", 0.9),
    ("encoder layer 32", "the same, inference", 0.9),
    ("encoder layer 1", "the same, inference, batch 1", 0.75),
    ("gpt 384 step", "training step of a GPT, 384 wide, 6 layers, length 256, batch 4", 0.8),
    ("gpt 384 bf16 step", "the same in bfloat16 by autocast; beside PyTorch in float32", 0.5),
    ("gpt 128 step", "in float32, 128 wide, 4 layers, length 64, batch 12", 0.7),
    ("gpt 384 token", "one token of such a GPT-2, after 256 tokens in its cache", None),
    ("gpt 384 read", "the sum of as many numbers as it has weights, which reads memory once", None),
    ("sentences", "vectors of 32 sentences of 64 tokens by BERT of MiniLM's size, 384 wide, 6 layers", 0.8),
    ("cross entropy", "cross entropy of 512×50257, both ways", None),
    ("embedding", "4096 rows of an embedding of 50257×256, both ways", None),
    ("adamw", "AdamW over 10,000,000 numbers", None),
]
LINALG = [
    *((f"{case} 512", f"{what} of 512×512", limit) for case, what, limit in (
        ("solve", "solve with 64 right sides", 1.2), ("cholesky", "cholesky", 1.2), ("inv", "inv", 1.2),
        ("svd", "svd", 1.2), ("qr", "qr", 2.0), ("eigh", "eigh", 2.0),
    )),
    *((f"{case} batch", f"{case} of 1024 matrices of 16×16", 0.7) for case in (
        "solve", "cholesky", "inv", "svd", "qr", "eigh",
    )),
    ("fft2", "fft2 of 1024×1024, complex64", 1.2),
    ("rfft", "rfft of 1,048,576 numbers", 1.2),
    ("stft", "stft of 160,000 samples, frames of 400, hop 160", 1.2),
    ("example gradients, linear", "gradients of each of 256 examples, two linear layers, `vmap(grad(…))`", 0.7),
    ("example gradients, convolutions", "the same, two convolutions and a linear layer", 0.7),
]
TEXT = [
    ("read_table", "25,000 reviews from Parquet; beside pyarrow's `read_table`", 1.0),
    ("read_table mapped", "the same; beside pyarrow's `read_table(memory_map=True)`", 1.0),
    ("row", "one of its rows, at random; beside pyarrow's `slice(i, 1).to_pylist()`", 1.0),
]

# The thread pool spins for a moment after its last work. The other side waits until it sleeps.
PAUSE = 0.02


class Failure(Exception):
    pass


class Child:
    """One side, which waits for commands."""

    def __init__(self, side, command, environment):
        self.side = side
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, command, name, argument):
        try:
            self.process.stdin.write(f"{command} {name}|{argument}\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Failure(f"{self.side} ended during {command} {name} (exit code {self.process.wait()})")
        reply = json.loads(line)
        if "error" in reply:
            raise Failure(f"{self.side}: {reply['error']}")
        return reply

    def seconds(self, name, count):
        return self.ask("time", name, count)["seconds"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Sides:
    """Both sides. A side that has ended is started again."""

    def __init__(self, commands, environment):
        self.commands = commands
        self.environment = environment
        self.children = {}

    def __getitem__(self, side):
        child = self.children.get(side)
        if child is None or child.process.poll() is not None:
            child = self.children[side] = Child(side, self.commands[side], self.environment)
        return child

    def close(self):
        for child in self.children.values():
            child.close()


def repetitions(child, name, budget):
    """Returns the number of repetitions that fill the budget of seconds. Finds it by doubling, which also warms up."""
    count = 1
    while True:
        seconds = child.seconds(name, count)
        if seconds >= budget / 4:
            return max(1, round(count * budget / seconds))
        count *= 2 if seconds > budget / 64 else 8


def measure(sides, name, options, folder):
    """Returns the seconds of one repetition for Swift and PyTorch, chosen from the rounds by `options.choose`."""
    path = folder / "result.npy"
    sides["Swift"].ask("save", name, path)
    difference = sides["PyTorch"].ask("compare", name, path).get("different")
    if difference:
        raise Failure(difference)
    counts = {side: repetitions(sides[side], name, options.budget) for side in ("Swift", "PyTorch")}
    samples = {"Swift": [], "PyTorch": []}
    for _ in range(options.rounds):
        for side in samples:
            time.sleep(PAUSE)
            # After a pause, the first repetitions run with cold caches and sleeping threads.
            sides[side].seconds(name, max(1, counts[side] // 10))
            samples[side].append(sides[side].seconds(name, counts[side]) / counts[side])
    return options.choose(samples["Swift"]), options.choose(samples["PyTorch"])


def run(command, folder, environment):
    """Runs a program to its end and returns (seconds, peak memory in bytes, output)."""
    with tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode != 0:
        raise Failure(f"{command[0]} ended with exit code {process.returncode}")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), text


def measure_program(commands, rounds, choose, folder, environment, agree):
    """Returns (seconds, peak memory) of whole programs, after a check that their outputs agree."""
    first = {side: run(command, folder, environment)[2] for side, command in commands.items()}
    agree(first["Swift"], first["PyTorch"])
    samples = {side: [] for side in commands}
    for _ in range(rounds):
        for side, command in commands.items():
            time.sleep(PAUSE)
            samples[side].append(run(command, folder, environment)[:2])
    return {side: tuple(choose(column) for column in zip(*rows)) for side, rows in samples.items()}


NUMBER = re.compile(r"\d+\.\d+")


def same_training(swift, pytorch):
    """Checks that losses agree within 0.001, accuracies within 0.2 points, and all other text exactly."""
    ours, theirs = swift.splitlines(), pytorch.splitlines()
    if len(ours) != len(theirs):
        raise Failure(f"the programs print {len(ours)} and {len(theirs)} lines")
    for a, b in zip(ours, theirs):
        same = NUMBER.sub("#", a) == NUMBER.sub("#", b)
        for position, (x, y) in enumerate(zip(NUMBER.findall(a), NUMBER.findall(b))):
            same = same and abs(float(x) - float(y)) <= (0.2001 if "Accuracy" in a and position == 0 else 0.001001)
        if not same:
            raise Failure(f"the programs differ: Swift prints {a!r}, PyTorch {b!r}")


def same_start(swift, pytorch):
    """Checks that the first losses, of steps 1, 11 and 21, agree within 0.004, and the last number of right answers
    within 200. In between, sums in another order have time to grow. At step 11, on processors with AVX-512, PyTorch's
    loss is 0.0027 from that of the same program in float64, and Swift's 0.000001."""
    checks = (r"Loss: (\d+\.\d+)", slice(3), 0.004001), (r"Accuracy: (\d+)/", slice(-1, None), 200)
    for pattern, count, difference in checks:
        ours, theirs = ([float(number) for number in re.findall(pattern, text)][count] for text in (swift, pytorch))
        if not ours or len(ours) != len(theirs) or any(abs(a - b) > difference for a, b in zip(ours, theirs)):
            raise Failure(f"the programs differ: {pattern} is {ours} in Swift, {theirs} in PyTorch")


def same_text(swift, pytorch):
    if swift != pytorch:
        raise Failure(f"Swift prints {swift!r}, PyTorch {pytorch!r}")


def unpack_data(folder):
    """Puts the data set's files where both programs look for them."""
    raw = folder / "data" / "FashionMNIST" / "raw"
    if raw.exists():
        return
    raw.mkdir(parents=True)
    for packed in DATA.glob("*.gz"):
        with gzip.open(packed) as source, open(raw / packed.stem, "wb") as target:
            shutil.copyfileobj(source, target)


def time_text(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}" if seconds / scale < 1000 else f"{seconds / scale:.0f} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def memory_text(size):
    return f"{size / 1e6:.0f} MB"


class Table:
    """The rows of one part. They are printed at once and kept for the file."""

    def __init__(self, title):
        self.title = title
        self.rows = []
        self.failures = []
        print(f"\n{title}\n{'':46}{'Swift':>12}{'PyTorch':>12}{'ratio':>9}{'target':>9}", flush=True)

    def add(self, what, swift, pytorch, target, text=time_text):
        ratio = swift / pytorch
        goal = "" if target is None else f"{target:g}"
        mark = "" if target is None or ratio <= target else "  above"
        print(f"{what.replace('`', ''):46}{text(swift):>12}{text(pytorch):>12}{ratio:>9.3f}{goal:>9}{mark}", flush=True)
        self.rows.append(
            f"| {what} | {text(swift)} | {text(pytorch)} | {f'**{ratio:.3f}**' if mark else f'{ratio:.3f}'} | {goal} |"
        )

    def fail(self, what, reason):
        print(f"{what.replace('`', ''):46}{reason}", flush=True)
        self.rows.append(f"| {what} | not timed: {reason.replace('|', '/')} | | | |")
        self.failures.append(what)

    def markdown(self):
        head = ["| what | Swift | PyTorch | ratio | at most |", "| --- | ---: | ---: | ---: | ---: |"]
        return "\n".join([f"## {self.title}", "", *head, *self.rows, ""])


def bench_cases(title, cases, commands, environment, options, folder):
    """Measures the cases of a part, in a new process of each side."""
    table = Table(title)
    sides = Sides(commands, environment)
    for name, what, target in cases:
        try:
            table.add(what, *measure(sides, name, options, folder), target)
        except Failure as failure:
            table.fail(what, str(failure))
    sides.close()
    return table


def bench_program(title, names, epochs, agree, limits, options, folder, environment):
    """Measures one of the programs in Examples beside its double in Python. `limits` are those of time and memory."""
    table = Table(title)
    unpack_data(folder)
    program, double = names
    shared = ["--seed", "0", "--device", "cpu", "--threads", str(options.threads), "--epochs", str(epochs)]
    commands = {
        "Swift": [str(options.programs / program), *shared],
        "PyTorch": [options.python, str(HERE / double), str(epochs)],
    }
    try:
        found = measure_program(commands, options.program_rounds, options.choose, folder, environment, agree)
        table.add("wall time", found["Swift"][0], found["PyTorch"][0], limits[0])
        table.add("peak memory", found["Swift"][1], found["PyTorch"][1], limits[1], memory_text)
    except Failure as failure:
        table.fail("the program", str(failure))
    return table


def bench_startup(options, folder, environment):
    table = Table("A program that makes one tensor and prints it")
    commands = {
        "Swift": [str(options.programs / "hello-tensor")],
        "PyTorch": [options.python, "-c", "import torch; print(torch.tensor([1.5, 2.5, 3.5]))"],
    }
    try:
        found = measure_program(commands, options.startup_rounds, options.choose, folder, environment, same_text)
        table.add("start to end", found["Swift"][0], found["PyTorch"][0], 0.02)
        table.add("peak memory", found["Swift"][1], found["PyTorch"][1], None, memory_text)
    except Failure as failure:
        table.fail("the program", str(failure))
    return table


def first_line(command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().splitlines()[0]


def other_work():
    """Returns how much of the processor other programs use, in percent, or None if the system does not tell. Sleeps
    meanwhile."""

    def ticks():
        fields = [int(field) for field in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    try:
        total, idle = ticks()
        time.sleep(2)
        later, later_idle = ticks()
    except OSError:
        return None
    return round(100 * (1 - (later_idle - idle) / max(1, later - total)))


def machine(options):
    """Returns a description of the machine and the versions."""

    def field(path, name):
        try:
            for line in pathlib.Path(path).read_text().splitlines():
                key, _, value = line.replace("=", ":", 1).partition(":")
                if key.strip() == name:
                    return value.strip().strip('"')
        except OSError:
            pass
        return "unknown"

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = first_line(
        [
            options.python,
            "-c",
            "import torch, platform; print(torch.__version__, 'on Python', platform.python_version())",
        ]
    )
    return [
        (
            "processor",
            f"{field('/proc/cpuinfo', 'model name')}, {os.cpu_count()} cores seen, {options.threads} threads on each side",
        ),
        ("memory", f"{memory:.0f} GiB"),
        ("system", f"{field('/etc/os-release', 'PRETTY_NAME')}, Linux {platform.release()}"),
        ("Swift", first_line(["swift", "--version"])),
        ("PyTorch", versions),
        ("date", datetime.date.today().isoformat()),
    ]


def write(path, options, tables, busy):
    lines = [
        "# Swift beside PyTorch",
        "",
        "Written by `make bench`. Both sides take turns in one run, on the same inputs, each part in new processes; nothing is timed before both sides gave the same numbers. A figure is the",
        f"median of the rounds: {options.rounds} of each operator, call and step, {options.program_rounds} of the whole program, {options.startup_rounds} of the start-up.",
        "A ratio is Swift's figure divided by PyTorch's: below 1, Swift is faster. One above what it is to be at most is bold.",
        "",
        "| | |",
        "| --- | --- |",
    ]
    lines += [f"| {name} | {value} |" for name, value in machine(options)]
    if busy is not None:
        lines.append(f"| other work | {busy} % of the processor |")
    lines += [""] + [table.markdown() for table in tables]
    temporary = path.with_suffix(".new")
    temporary.write_text("\n".join(lines).rstrip() + "\n")
    temporary.replace(path)


def warn(busy):
    if busy is not None and busy >= 5:
        print(f"\nOther work takes {busy} % of the processor: what is measured now says little.")


def main():
    parts = "program mnist startup step overhead ops movement indexing images networks pictures sequences".split()
    parts += ["linalg", "text"]
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=...", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=parts, help="measure these parts, and leave BENCHMARKS.md as it is"
    )
    parser.add_argument("--rounds", type=int, default=9, help="rounds of each operator and step")
    parser.add_argument("--budget", type=float, default=0.1, help="seconds that a side works in a round")
    parser.add_argument("--program-rounds", type=int, default=3, help="rounds of the whole program")
    parser.add_argument("--startup-rounds", type=int, default=15, help="rounds of the start-up")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of the whole program")
    parser.add_argument(
        "--best",
        action="store_true",
        help="show the fastest round in place of the median, where the machine has other work, and write nothing",
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads on each side")
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of the built programs")
    parser.add_argument("--python", required=True, help="a Python that has torch")
    options = parser.parse_args()
    if (
        min(options.rounds, options.program_rounds, options.startup_rounds, options.epochs, options.threads) < 1
        or options.budget <= 0
    ):
        parser.error("counts must be positive")
    options.programs = options.programs.resolve()
    # Do not resolve links: a link makes the program the Python of its environment.
    options.python = os.path.abspath(shutil.which(options.python) or parser.error(f"no program {options.python}"))
    options.choose = min if options.best else statistics.median
    wanted = options.only or parts

    busy = other_work()
    warn(busy)

    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads), CUDA_VISIBLE_DEVICES="")
    # Python keeps its compiled files, as it does by default.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    commands = {
        "Swift": [str(options.programs / "bench"), str(options.threads)],
        "PyTorch": [options.python, str(HERE / "peer.py"), str(options.threads)],
    }
    tables = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if "program" in wanted:
            title = f"The whole program: FashionMNIST, {options.epochs} epochs"
            names = "fashion-mnist", "fashion_mnist.py"
            tables.append(
                bench_program(
                    title, names, options.epochs, same_training, (0.18, 0.35), options, folder, environment
                )
            )
        if "mnist" in wanted:
            title = "The program mnist of pytorch/examples, on FashionMNIST, 1 epoch"
            names = "mnist", "mnist.py"
            tables.append(bench_program(title, names, 1, same_start, (0.5, None), options, folder, environment))
        if "startup" in wanted:
            tables.append(bench_startup(options, folder, environment))
        if "text" in wanted:
            reviews = folder / "reviews.parquet"
            code = subprocess.run([options.python, str(HERE / "text.py"), str(reviews)], check=False).returncode
            if code == 0:
                environment["BENCH_REVIEWS"] = str(reviews)
            else:
                print(
                    "\nNo figures for text: "
                    + ("this Python has no pyarrow." if code == 3 else f"text.py ended with exit code {code}."),
                    file=sys.stderr,
                )
                wanted = [part for part in wanted if part != "text"]
        if "pictures" in wanted:
            root = folder / "pictures"
            code = subprocess.run([options.python, str(HERE / "pictures.py"), str(root)], check=False).returncode
            if code == 0:
                environment["BENCH_PICTURES"] = str(root)
            else:
                print(f"\nNo figures for pictures: pictures.py ended with exit code {code}.", file=sys.stderr)
                wanted = [part for part in wanted if part != "pictures"]
        for part, title, cases in (
            ("step", "A training step of the same network", STEP),
            ("overhead", "The cost of a call", OVERHEAD + VIEWS),
            ("ops", "Operators at 1,000,000 elements (float32 where nothing else is said)", OPS),
            (
                "movement",
                "Copies in another order, at 1,000,000 elements (float32 where nothing else is said)",
                MOVEMENT,
            ),
            ("indexing", "Index tensors, masks and sorting, at 1,000,000 elements", INDEXING),
            ("images", "Layers for images", IMAGES),
            ("networks", "Networks for images", NETWORKS),
            ("pictures", "Image files", PICTURES),
            ("sequences", "Sequences", SEQUENCES),
            ("linalg", "Linear algebra, Fourier transforms, gradients of examples (float32)", LINALG),
            ("text", "Text", TEXT),
        ):
            if part in wanted:
                tables.append(bench_cases(title, cases, commands, environment, options, folder))

    after = other_work()
    warn(after)
    if options.only or options.best or options.epochs != 5:
        print("\nBENCHMARKS.md stays as it is.")
    else:
        path = HERE.parent / "BENCHMARKS.md"
        write(path, options, tables, None if busy is None else max(busy, after))
        print(f"\nWritten to {path.name}.")
    failures = [what for table in tables for what in table.failures]
    if failures:
        print(f"Not timed: {', '.join(failures)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

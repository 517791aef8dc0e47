"""Measures training in two processes of one thread, beside one process, and beside PyTorch's
DistributedDataParallel over gloo.

    swift build -c release --product fashion-mnist && swift build -c release --product gpt
    python3 Benchmarks/scaling.py --programs .build/release --python PYTHON --mpi openmpi

PYTHON is a Python that has PyTorch. The configurations run in turn, and each figure is the median of the rounds. It
needs a quiet machine with two cores. The exit code is 1 if a limit is missed.
"""

import argparse
import gzip
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
TEXT = HERE.parent / "Tests/ExampleTests/sonnets.txt"
BATCH = {"fashion-mnist": 64, "gpt": 12}
GPT = {"block-size": 64, "n-layer": 4, "n-head": 4, "n-embd": 128}
# Two processes do at least 1.7 times the work of one, in at most 0.8 of PyTorch's time.
LEAST_GAIN, MOST_TIME = 1.7, 0.8


def unpack(folder):
    """Puts FashionMNIST where both programs look for it."""
    raw = folder / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for packed in DATA.glob("*.gz"):
        with gzip.open(packed) as source, open(raw / packed.stem, "wb") as target:
            shutil.copyfileobj(source, target)


def launcher(mpi, count):
    if count == 1:
        return []
    if mpi == "openmpi":
        return ["mpirun.openmpi", "--allow-run-as-root", "--mca", "btl", "self,vader", "-n", str(count)]
    return ["mpiexec.hydra", "-n", str(count)]


def swift(program, count, options, folder):
    """Returns the examples, or tokens, a second of all processes."""
    path = str(pathlib.Path(options.programs).resolve() / program)
    if program == "gpt":
        sizes = [word for name, value in GPT.items() for word in (f"--{name}", str(value))]
        command = [path, "train", str(TEXT), *sizes, "--dropout", "0", "--max-iters", str(options.steps)]
        command += ["--eval-interval", "1000000", "--eval-iters", "1", "--log-interval", "1", "--out", "gpt.pt"]
        pattern = r"([\d.]+) tokens a second"
    else:
        command = [path, "--epochs", str(options.epochs), "--seed", "0", "--save", "model.pth"]
        pattern = r"examples a second: ([\d.]+)"
    command += ["--distributed", "--threads", "1", "--batch-size", str(BATCH[program])]
    return rate(launcher(options.mpi, count) + command, pattern, folder, {"SWIFT_TORCH_MPI": options.mpi})


def torch(program, count, options, folder):
    sizes = ",".join(str(value) for value in GPT.values())
    amount = options.steps if program == "gpt" else options.epochs
    command = [options.python, "-m", "torch.distributed.run", "--nproc-per-node", str(count), "--master-port", "29531"]
    command += [str(HERE / "scaling_peer.py"), program, str(BATCH[program]), str(amount), str(TEXT), sizes]
    return rate(command, r"rate: ([\d.]+)", folder, {"OMP_NUM_THREADS": "1"})


def rate(command, pattern, folder, variables):
    result = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    rates = [float(number) for number in re.findall(pattern, result.stdout)]
    # The first ones warm up.
    rates = rates[max(1, len(rates) // 10) :]
    if not rates:
        sys.exit(f"{' '.join(command)} printed no rates; it needs more steps or epochs:\n{result.stdout[-2000:]}")
    return statistics.median(rates)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", default=".build/release", help="the folder of fashion-mnist and gpt")
    parser.add_argument("--python", default=sys.executable, help="a Python that has PyTorch")
    parser.add_argument("--mpi", choices=["openmpi", "mpich"], default="openmpi")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3, help="passes over FashionMNIST; the first is not counted")
    parser.add_argument("--steps", type=int, default=60, help="steps of gpt")
    parser.add_argument("--only", choices=list(BATCH), help="one of the programs")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        unpack(folder)
        for program in [options.only] if options.only else list(BATCH):
            kinds = [(run, count) for run in (swift, torch) for count in (1, 2)]
            found = {kind: [] for kind in kinds}
            for _ in range(options.rounds):
                for run, count in kinds:
                    found[run, count].append(run(program, count, options, folder))
            medians = {kind: statistics.median(rates) for kind, rates in found.items()}
            gain = medians[swift, 2] / medians[swift, 1]
            time = medians[torch, 2] / medians[swift, 2]
            unit = "tokens" if program == "gpt" else "examples"
            print(f"{program}, {options.mpi}, batches of {BATCH[program]}, {unit} a second:")
            for run, name in ((swift, "Swift"), (torch, "PyTorch")):
                one, two = medians[run, 1], medians[run, 2]
                print(f"  {name:8}1 process {one:9.0f}   2 processes {two:9.0f}   gain {two / one:.2f}")
            print(f"  gain {gain:.2f} (at least {LEAST_GAIN}), time a step beside PyTorch {time:.2f} (at most {MOST_TIME})")
            failed |= gain < LEAST_GAIN or time > MOST_TIME
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

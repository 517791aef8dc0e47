"""The cases of random.json: draws of the CPU generator."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.nn import functional, init
from torch.utils.data import (
    DataLoader,
    RandomSampler,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    random_split,
)

from .settings import Settings
from .values import JSON, written

SEEDS = (7, 8589934604)
# PyTorch draws normal numbers in vectors from 16 elements on.
COUNTS = (1, 5, 15, 16, 17, 31, 32, 100, 257)


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    if not settings.wants("random"):
        return
    cases: list[JSON] = []
    for seed in (settings.seed + seed for seed in SEEDS):
        for name, draw in draws().items():
            torch.manual_seed(seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cases.append({"name": name, "seed": seed, "expect": written(draw())})
    yield "random", {"torch": torch.__version__.split("+")[0], "draws": cases}


def draws() -> dict[str, Callable[[], Any]]:
    """Returns the draws by name. Each is made directly after `manual_seed`."""
    result: dict[str, Callable[[], Any]] = {}
    for n in COUNTS:
        result |= {
            f"rand {n}": lambda n=n: torch.rand(n),
            f"randn {n}": lambda n=n: torch.randn(n),
            f"randperm {n}": lambda n=n: torch.randperm(n),
            f"rand {n} float64": lambda n=n: torch.rand(n, dtype=torch.float64),
            f"randn {n} float64": lambda n=n: torch.randn(n, dtype=torch.float64),
        }
    return result | tensor_draws() | initial_values() | loader_draws()


def tensor_draws() -> dict[str, Callable[[], Any]]:
    weights = torch.tensor([0.1, 0.2, 0.3, 0.4])
    return {
        "randint 0 10 100": lambda: torch.randint(0, 10, (100,)),
        "randint -5 1000000 50": lambda: torch.randint(-5, 1000000, (50,)),
        "randint 0 2**40 20": lambda: torch.randint(0, 2**40, (20,)),
        "rand then randn then rand": lambda: [torch.rand(3), torch.randn(3), torch.rand(3)],
        "randn 5 then randn 20 then randn 4": lambda: [torch.randn(5), torch.randn(20), torch.randn(4)],
        "randn 1 thrice": lambda: [torch.randn(1), torch.randn(1), torch.randn(1)],
        "rand 2x3": lambda: torch.rand(2, 3),
        "randn bf16 20": lambda: torch.randn(20, dtype=torch.bfloat16),
        "randn f16 20": lambda: torch.randn(20, dtype=torch.float16),
        "rand f16 20": lambda: torch.rand(20, dtype=torch.float16),
        "normal_ 2 3 40": lambda: torch.empty(40).normal_(2, 3),
        "uniform_ -1 1 40": lambda: torch.empty(40).uniform_(-1, 1),
        "bernoulli 0.3 40": lambda: torch.bernoulli(torch.full((40,), 0.3)),
        "bernoulli_ 0.3 40": lambda: torch.empty(40).bernoulli_(0.3),
        "exponential_ 40": lambda: torch.empty(40).exponential_(),
        "geometric_ 0.4 20": lambda: torch.empty(20).geometric_(0.4),
        "cauchy_ 20": lambda: torch.empty(20).cauchy_(),
        "log_normal_ 20": lambda: torch.empty(20).log_normal_(),
        "random_ 20 int64": lambda: torch.empty(20, dtype=torch.int64).random_(),
        "random_ 5 9": lambda: torch.empty(20, dtype=torch.int64).random_(5, 9),
        "multinomial replace": lambda: torch.multinomial(weights, 20, replacement=True),
        "multinomial no replace": lambda: torch.multinomial(weights, 3),
        "dropout 0.5 40": lambda: functional.dropout(torch.ones(40), 0.5),
        "dropout2d": lambda: functional.dropout2d(torch.ones(2, 8, 2, 2), 0.5),
    }


def initial_values() -> dict[str, Callable[[], Any]]:
    return {
        "init kaiming_uniform_ a=sqrt5": lambda: init.kaiming_uniform_(torch.empty(8, 6), a=math.sqrt(5)),
        "init kaiming_normal_": lambda: init.kaiming_normal_(torch.empty(8, 6)),
        "init xavier_uniform_": lambda: init.xavier_uniform_(torch.empty(8, 6)),
        "init xavier_normal_": lambda: init.xavier_normal_(torch.empty(8, 6)),
        "init orthogonal_": lambda: init.orthogonal_(torch.empty(8, 6)),
        "init trunc_normal_": lambda: init.trunc_normal_(torch.empty(8, 6)),
        "init sparse_ 0.1": lambda: init.sparse_(torch.empty(8, 6), 0.1),
    }


def loader_draws() -> dict[str, Callable[[], Any]]:
    def batches(loader: DataLoader) -> list[torch.Tensor]:
        return [batch for (batch,) in loader]

    def numbers(count: int) -> TensorDataset:
        return TensorDataset(torch.arange(count))

    def two_epochs() -> list[list[torch.Tensor]]:
        loader = DataLoader(numbers(11), batch_size=4, shuffle=True)
        return [batches(loader), batches(loader)]

    def state_after_three() -> torch.Tensor:
        torch.rand(3)
        return torch.get_rng_state()

    return {
        "dataloader shuffle batch 5": lambda: batches(DataLoader(numbers(23), batch_size=5, shuffle=True)),
        "dataloader shuffle drop_last": lambda: batches(
            DataLoader(numbers(23), batch_size=5, shuffle=True, drop_last=True)
        ),
        "dataloader shuffle generator": lambda: batches(
            DataLoader(numbers(23), batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(99))
        ),
        "dataloader two epochs": two_epochs,
        "random_split": lambda: [torch.tensor(part.indices) for part in random_split(numbers(20), [12, 8])],
        "weighted sampler": lambda: torch.tensor(list(WeightedRandomSampler([0.1, 0.9, 0.4, 0.7], 12))),
        "random sampler replacement": lambda: torch.tensor(
            list(RandomSampler(range(10), replacement=True, num_samples=40))
        ),
        "subset random sampler": lambda: torch.tensor(list(SubsetRandomSampler(range(5, 15)))),
        "generator state after 3 rand": state_after_three,
        "initial_seed": torch.initial_seed,
    }

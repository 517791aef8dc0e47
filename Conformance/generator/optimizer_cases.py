"""The paths of optimizers, from PyTorch's own samples (`optim_db`), and the courses of learning-rate schedules."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import torch
from torch.optim import lr_scheduler
from torch.testing._internal.common_optimizers import OptimizerInput, optim_db

from .settings import Settings
from .values import JSON, Unwritable, written, written_result

STEPS = 6
SHAPES: dict[str, list[tuple[int, ...]]] = {"Muon": [(3, 4), (6, 6)]}
OTHER_SHAPES: list[tuple[int, ...]] = [(3, 4), (5,), (2, 2, 2)]
# It takes only sparse gradients, which a case cannot hold.
LEFT_OUT = {"SparseAdam"}

SCHEDULE_STEPS = 24
BASE_LR = 0.1
BASE_MOMENTUM = 0.9
SCHEDULES: dict[str, list[JSON]] = {
    "StepLR": [{"step_size": 3, "gamma": 0.5}, {"step_size": 7}],
    "MultiStepLR": [{"milestones": [2, 5, 9], "gamma": 0.3}, {"milestones": [4, 4, 1]}],
    "ConstantLR": [{"factor": 0.5, "total_iters": 4}, {}],
    "LinearLR": [{"start_factor": 0.25, "end_factor": 0.8, "total_iters": 6}, {}],
    "ExponentialLR": [{"gamma": 0.9}],
    "PolynomialLR": [{"total_iters": 8, "power": 2.0}, {}],
    "CosineAnnealingLR": [{"T_max": 7, "eta_min": 0.01}, {"T_max": 1}],
    "CosineAnnealingWarmRestarts": [{"T_0": 4, "T_mult": 2, "eta_min": 0.001}, {"T_0": 5}],
    "OneCycleLR": [
        {"max_lr": 0.3, "total_steps": 25},
        {"max_lr": 0.3, "total_steps": 25, "anneal_strategy": "linear", "three_phase": True},
        {"max_lr": 0.2, "epochs": 5, "steps_per_epoch": 6, "pct_start": 0.5, "cycle_momentum": False},
    ],
    "CyclicLR": [
        {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 4, "mode": "triangular2", "cycle_momentum": False},
        {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 3, "step_size_down": 5, "mode": "exp_range", "gamma": 0.95, "cycle_momentum": False},
        {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 5, "mode": "triangular"},
    ],
}


def optimizers(settings: Settings) -> Iterator[tuple[str, JSON]]:
    """Yields the name and content of each file in `optimizers/`."""
    for info in optim_db:
        name = info.optim_cls.__name__
        if name in LEFT_OUT or not settings.wants(name):
            continue
        cases: list[JSON] = []
        for number, sample in enumerate(info.optim_inputs_func(device="cpu")):
            try:
                cases.append({"name": str(number), "desc": sample.desc} | path(info.optim_cls, name, sample, settings))
            except Unwritable as error:
                settings.skipped(name, f"a case with {error}")
        yield name, {"optimizer": name, "torch": torch.__version__.split("+")[0], "cases": cases}


def path(optimizer_class: type[torch.optim.Optimizer], name: str, sample: OptimizerInput, settings: Settings) -> JSON:
    """Returns the parameters after each step of an optimizer with given gradients."""
    if any(isinstance(value, torch.Tensor) for value in sample.kwargs.values()):
        raise Unwritable("an option that is a tensor")
    settings.restart(name)
    parameters = [torch.randn(shape).requires_grad_() for shape in SHAPES.get(name, OTHER_SHAPES)]
    case: JSON = {
        "kwargs": {key: written(value) for key, value in sample.kwargs.items()},
        "params": [written_result(p) for p in parameters],
        "grads": [],
        "expect": [],
    }
    optimizer = optimizer_class(parameters, **sample.kwargs)
    for _ in range(STEPS):
        for parameter in parameters:
            parameter.grad = torch.randn(parameter.shape)
        case["grads"].append([written_result(p.grad) for p in parameters])
        # An optimizer that needs the loss gets a constant one.
        optimizer.step(lambda: torch.tensor(1.0))
        case["expect"].append([written_result(p) for p in parameters])
    return case


def schedulers(settings: Settings) -> Iterator[tuple[str, JSON]]:
    """Yields the name and content of each file in `schedulers/`."""
    for name, samples in SCHEDULES.items():
        if settings.wants(name):
            yield name, {"scheduler": name, "cases": [course(name, kwargs) for kwargs in samples]}


def course(name: str, kwargs: JSON) -> JSON:
    """Returns the learning rate and momentum before each step."""
    parameter = torch.zeros(1, requires_grad=True)
    parameter.grad = torch.zeros(1)
    optimizer = torch.optim.SGD([parameter], lr=BASE_LR, momentum=BASE_MOMENTUM)
    scheduler = getattr(lr_scheduler, name)(optimizer, **kwargs)
    rates: list[float] = []
    momenta: list[float] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(SCHEDULE_STEPS):
            rates.append(optimizer.param_groups[0]["lr"])
            momenta.append(optimizer.param_groups[0]["momentum"])
            optimizer.step()
            scheduler.step()
    return {
        "kwargs": {key: written(value) for key, value in kwargs.items()},
        "base_lr": BASE_LR,
        "base_momentum": BASE_MOMENTUM,
        "lr": rates,
        "momentum": momenta,
    }

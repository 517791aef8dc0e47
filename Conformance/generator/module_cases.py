"""The cases of modules, from PyTorch's own samples (`module_db`)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch.testing._internal.common_modules import ModuleInfo, ModuleInput, module_db

from .gradients import gradients
from .settings import Settings
from .values import JSON, Unwritable, fresh, largest, spread, tensors, without_grad, written, written_result

CASES = 6


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    """Yields the name and content of each file in `modules/`."""
    for info in module_db:
        name = info.module_cls.__name__
        if not settings.wants(name):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases = list(written_cases(info, name, settings))
        if cases:
            yield name, {"module": name, "torch": torch.__version__.split("+")[0], "cases": cases}


def written_cases(info: ModuleInfo, name: str, settings: Settings) -> Iterator[JSON]:
    for training in (True, False):
        settings.restart(name, str(training))
        samples = list(
            info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=True, training=training)
        )
        small = [
            s
            for s in samples
            if s.forward_input is not None
            and largest([s.forward_input.args, s.forward_input.kwargs]) <= settings.most_elements
        ]
        if len(small) < len(samples):
            settings.skipped(
                name,
                f"{len(samples) - len(small)} samples of more than {settings.most_elements} elements or without a call",
            )
        for number, sample in spread(small, CASES):
            try:
                case = written_case(info, sample, training, settings)
            except Unwritable as error:
                settings.skipped(name, f"a case with {error}")
            except (RuntimeError, TypeError, ValueError, NotImplementedError) as error:
                settings.skipped(name, f"a case that PyTorch does not run: {str(error).splitlines()[0]}")
            else:
                yield {"name": f"{'train' if training else 'eval'}-{number}", "training": training} | case


def written_case(info: ModuleInfo, sample: ModuleInput, training: bool, settings: Settings) -> JSON:
    make, call = sample.constructor_input, sample.forward_input
    seed, forward_seed = settings.seed + 7, settings.seed + 8
    case: JSON = {
        "seed": seed,
        "init_args": [written(value) for value in make.args],
        "init_kwargs": {key: written(value) for key, value in make.kwargs.items()},
    }

    def made() -> torch.nn.Module:
        torch.manual_seed(seed)
        return info.module_cls(*fresh(list(make.args)), **fresh(dict(make.kwargs))).train(training)

    module = made()
    state = module.state_dict()
    if largest(dict(state)) > settings.most_elements:
        raise Unwritable(f"parameters of more than {settings.most_elements} elements")
    case |= {
        "state_dict": {key: written_result(value) for key, value in state.items()},
        "parameters": [key for key, _ in module.named_parameters()],
        "repr": repr(module),
    }
    arguments = {"args": list(call.args), "kwargs": dict(call.kwargs)}
    plain = without_grad(arguments)
    case |= {
        "args": [written(value) for value in plain["args"]],
        "kwargs": {key: written(value) for key, value in plain["kwargs"].items()},
        "forward_seed": forward_seed,
    }
    torch.manual_seed(forward_seed)
    result = module(*plain["args"], **plain["kwargs"])
    if largest(result) > settings.most_elements:
        raise Unwritable(f"a result of more than {settings.most_elements} elements")
    parameters = dict(module.named_parameters())
    case["expect"] = written_result(result)
    case["state_dict_after"] = {
        key: written_result(value) for key, value in module.state_dict().items() if key not in parameters
    }
    return case | differentiated(made(), arguments, forward_seed)


def differentiated(module: torch.nn.Module, arguments: JSON, seed: int) -> JSON:
    copy = fresh(arguments)
    inputs = [(path, tensor) for path, tensor in tensors(copy) if tensor.requires_grad]
    inputs += [(f"param/{name}", parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]

    def call() -> Any:
        torch.manual_seed(seed)
        return module(*copy["args"], **copy["kwargs"])

    return gradients(call, inputs, second=False)

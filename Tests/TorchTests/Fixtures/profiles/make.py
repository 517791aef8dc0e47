"""Records what PyTorch's profiler says of a small network, the layout of its tables, and its schedules.

    python3 make.py > profiles.json
"""
import json
import warnings

import torch
from torch.autograd import DeviceType
from torch.autograd.profiler_util import EventList, FunctionEvent
from torch.profiler import profile, record_function, schedule

warnings.simplefilter("ignore")
torch.set_num_threads(1)


def network():
    """The operators that this library's users call, with counts, operations and shapes. Operators that PyTorch calls
    inside others are left out: they are another library's steps."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(5, 8), torch.tensor([1, 2, 0, 3, 1])
    with profile(record_shapes=True, with_flops=True, profile_memory=True) as prof:
        with record_function("step"):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    shown = [
        "step", "aten::linear", "aten::addmm", "aten::relu", "aten::cross_entropy_loss", "aten::mm",
        "aten::threshold_backward", "Optimizer.step#SGD.step", "Optimizer.zero_grad#SGD.zero_grad",
    ]
    groups = []
    for event in prof.key_averages(group_by_input_shape=True):
        if event.key in shown or "AddmmBackward0" in event.key or "ReluBackward0" in event.key or "Accum" in event.key:
            groups.append([event.key, event.input_shapes, event.count, event.flops])
    memory = {e.key: e.cpu_memory_usage for e in prof.key_averages() if e.key in ("aten::linear", "aten::addmm")}
    return {"groups": groups, "memory": memory}


# Name, begin and end in nanoseconds, shapes, operations, bytes.
RANGES = [
    ("step", 0, 2_500_000_000, [], 0, 0),
    ("aten::linear", 1_000, 900_000, [[5, 8], [16, 8], [16]], 0, 320),
    ("aten::addmm", 2_000, 800_500, [[16], [5, 8], [8, 16], [], []], 1280, 320),
    ("aten::linear", 1_000_000, 1_012_345, [[5, 16], [4, 16], [4]], 0, 5_000_000),
    ("aten::addmm", 1_000_100, 1_012_000, [[4], [5, 16], [16, 4], [], []], 640, 5_000_000),
    ("autograd::engine::evaluate_function: a name that is far too long for its column", 2_000_000, 3_000_000, [], 0,
     -3000),
]


def tables():
    events = [
        FunctionEvent(
            id=i, name=name, thread=1, start_us=begin / 1000, end_us=end / 1000, input_shapes=shapes, flops=flops,
            cpu_memory_usage=bytes, device_type=DeviceType.CPU, scope=0, stack=[])
        for i, (name, begin, end, shapes, flops, bytes) in enumerate(RANGES)
    ]
    def events_with(memory, flops):
        result = EventList(events, use_device=None, profile_memory=memory, with_flops=flops)
        for event in result:
            event.cpu_children, event.cpu_parent = [], None
        result._build_tree()
        return result
    return [
        events_with(False, False).key_averages().table(),
        events_with(True, True).key_averages().table(sort_by="cpu_time_total", row_limit=2),
        events_with(True, True).key_averages(group_by_input_shapes=True).table(
            sort_by="self_cpu_time_total", row_limit=-1, header="A header", max_shapes_column_width=20),
        events_with(False, True).table(top_level_events_only=True, time_unit="us", max_name_column_width=20),
    ]


SCHEDULES = [
    dict(wait=1, warmup=1, active=2), dict(wait=1, warmup=1, active=2, repeat=2), dict(wait=0, warmup=0, active=1),
    dict(wait=2, warmup=1, active=3, repeat=1, skip_first=3), dict(wait=4, warmup=1, active=1, skip_first_wait=1),
]


def schedules():
    return [[schedule(**arguments)(step).name for step in range(16)] for arguments in SCHEDULES]


def cycles():
    """The steps whose ranges each trace of a schedule has, and the number of the step at which it is ready."""
    traces = []
    def ready(prof):
        steps = sorted({e.key for e in prof.key_averages() if e.key.startswith("ProfilerStep")})
        traces.append([prof.step_num, steps])
    with profile(schedule=schedule(wait=1, warmup=1, active=2, repeat=2), on_trace_ready=ready) as prof:
        for _ in range(10):
            torch.ones(2).exp()
            prof.step()
    return traces


print(json.dumps({"network": network(), "tables": tables(), "schedules": schedules(), "cycles": cycles()}, separators=(",", ":")).replace("],[\"", "],\n[\""))

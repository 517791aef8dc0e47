"""Measures with PyTorch what `cuda-check speed` measures, and prints the same lines. `speed.py train` is its `train`."""

import sys

import torch

device = "cuda"


def measure(name, launches, body):
    for _ in range(launches):
        body()
    times = []
    for _ in range(20):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(launches):
            body()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end) * 1000 / launches)
    print(f"{name}\t{sorted(times)[10]}", flush=True)


model = torch.nn.Sequential(
    torch.nn.Linear(784, 512), torch.nn.ReLU(), torch.nn.Linear(512, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10)
).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
x, y = torch.ones(64, 784, device=device), torch.zeros(64, dtype=torch.int64, device=device)


def step():
    torch.nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
    optimizer.zero_grad()


if sys.argv[1:] == ["train"]:
    for _ in range(5 * 938):
        step()
    print(f"loss {torch.nn.functional.cross_entropy(model(x), y).item()}")
    sys.exit()

count, side = 1 << 26, 4096
a, b = torch.rand(count, device=device), torch.rand(count, device=device)
measure("copy of 256 MiB", 10, lambda: a.copy_(b))
measure("a + b of 256 MiB", 10, lambda: a + b)
measure("exp of 256 MiB", 10, lambda: a.exp())
measure("sum of 256 MiB", 10, lambda: a.sum())
rows = a.view(side, -1)
measure("sum of rows", 10, lambda: rows.sum(1))
measure("softmax of rows", 10, lambda: rows.softmax(1))
few = torch.ones(8, device=device)
measure("a + b of 8", 1000, lambda: few + few)
for dtype in (torch.float32, torch.bfloat16):
    m = torch.randn(side, side, device=device).to(dtype)
    measure(f"matmul of {side} in {dtype}", 5, lambda: m @ m)

values = rows.half()
measure("topk of rows", 5, lambda: rows.topk(10))
measure("layer norm of rows", 10, lambda: torch.nn.functional.layer_norm(values, [values.size(1)]))

measure("step of the note's network", 50, step)
stream = torch.cuda.Stream()
stream.wait_stream(torch.cuda.current_stream())
with torch.cuda.stream(stream):
    for _ in range(3):
        step()
torch.cuda.current_stream().wait_stream(stream)
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    step()
measure("captured step", 50, graph.replay)

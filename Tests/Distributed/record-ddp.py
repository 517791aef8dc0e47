"""Records ddp.json: PyTorch's own DistributedDataParallel over gloo, 2 processes of batch 32, and 1 of batch 64.

    python3 Tests/Distributed/record-ddp.py
"""
import json
import os
import pathlib
import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn

STEPS = 8


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(10, 300), nn.Tanh(), nn.Linear(300, 900), nn.Tanh(), nn.Linear(900, 3))


def data():
    torch.manual_seed(1)
    return torch.randn(STEPS, 64, 10), torch.randint(0, 3, (STEPS, 64))


def train(model, xs, ys, part):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for x, y in zip(xs, ys):
        loss = nn.functional.cross_entropy(model(x[part]), y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def norm_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(10, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))


def worker(rank, store, folder):
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    torch.set_num_threads(1)
    xs, ys = data()
    part = slice(32 * rank, 32 * rank + 32)
    model = nn.parallel.DistributedDataParallel(network(), bucket_cap_mb=1)
    losses = train(model, xs, ys, part)
    # Without SyncBatchNorm, which PyTorch has on GPUs only: the statistics of each process's own part.
    norm = nn.parallel.DistributedDataParallel(norm_network())
    norm_losses = train(norm, xs, ys, part)
    errors = {}
    try:
        dist.all_reduce(torch.zeros(2, dtype=torch.complex64), op=dist.ReduceOp.MAX)
    except Exception as e:
        errors["complex"] = f"{type(e).__name__}: {e}"
    result = {
        "losses": losses,
        "norm_losses": norm_losses,
        "weights": {k: v.flatten()[:20].tolist() for k, v in model.module.state_dict().items()},
        "norm_state": {k: v.flatten().tolist() for k, v in norm.module.state_dict().items()},
        "errors": errors,
    }
    pathlib.Path(folder, f"{rank}.json").write_text(json.dumps(result))
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(worker, (os.path.join(folder, "store"), folder), nprocs=2)
        ranks = [json.loads(pathlib.Path(folder, f"{r}.json").read_text()) for r in range(2)]
    xs, ys = data()
    single = network()
    losses = train(single, xs, ys, slice(0, 64))
    # What SyncBatchNorm computes: one process with the whole batch.
    norm = norm_network()
    whole = {
        "losses": losses,
        "weights": {k: v.flatten()[:20].tolist() for k, v in single.state_dict().items()},
        "norm_losses": train(norm, xs, ys, slice(0, 64)),
        "norm_state": {k: v.flatten().tolist() for k, v in norm.state_dict().items()},
    }
    # The order of DistributedSampler.
    from torch.utils.data.distributed import DistributedSampler

    samplers = []
    for count, replicas, shuffle, drop_last, epoch in [
        (10, 3, True, False, 0), (10, 3, True, True, 5), (10, 3, False, False, 0), (2, 5, True, False, 1),
        (12, 4, True, False, 2), (7, 2, False, True, 0),
    ]:
        orders = []
        for rank in range(replicas):
            sampler = DistributedSampler(range(count), replicas, rank, shuffle=shuffle, seed=3, drop_last=drop_last)
            sampler.set_epoch(epoch)
            orders.append(list(sampler))
        samplers.append({"count": count, "replicas": replicas, "shuffle": shuffle, "drop_last": drop_last,
                         "epoch": epoch, "orders": orders})
    out = {"ranks": ranks, "whole": whole, "samplers": samplers, "torch": torch.__version__}
    pathlib.Path(__file__).with_name("ddp.json").write_text(json.dumps(out))

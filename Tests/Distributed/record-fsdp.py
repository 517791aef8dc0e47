"""Records fsdp.json: PyTorch's own fully_shard over gloo with 2 and 3 processes, and Fixtures/fsdp: the checkpoint that
torch.distributed.checkpoint wrote of the model and the optimizer of 2 processes.

    python3 Tests/Distributed/record-fsdp.py

With --check FOLDER, reads a checkpoint that `distributed-test fsdp FOLDER` wrote, with PyTorch's own reader.
"""
import json
import pathlib
import shutil
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch import nn
from torch.distributed.checkpoint.state_dict import get_model_state_dict, get_optimizer_state_dict, StateDictOptions
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

STEPS = 6
HERE = pathlib.Path(__file__).parent


def network():
    """Rows that 2 and 3 processes cannot divide evenly, and 2 rows for 3 processes."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Sequential(nn.Linear(10, 7), nn.Tanh()), nn.Sequential(nn.Linear(7, 5), nn.Tanh()), nn.Linear(5, 2))


def data():
    torch.manual_seed(1)
    return torch.randn(STEPS, 12, 10), torch.randint(0, 2, (STEPS, 12))


def shard(model, world, **options):
    mesh = init_device_mesh("cpu", (world,))
    for block in list(model)[:2]:
        fully_shard(block, mesh=mesh, **options)
    return fully_shard(model, mesh=mesh, **options)


def whole(model):
    state = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True))
    return {k: v.float().flatten().tolist() for k, v in state.items()}


def train(model, rank, world, optimizer, clip=None, accumulate=False):
    xs, ys = data()
    size = 12 // world
    losses, norms = [], []
    for i, (x, y) in enumerate(zip(xs, ys)):
        part = slice(size * rank, size * rank + size)
        if accumulate:
            model.set_requires_gradient_sync(i % 2 == 1)
        loss = nn.functional.cross_entropy(model(x[part]).float(), y[part])
        loss.backward()
        losses.append(loss.item())
        if accumulate and i % 2 == 0:
            continue
        if clip:
            norm = nn.utils.clip_grad_norm_(model.parameters(), clip)
            norms.append(norm.full_tensor().item())
        optimizer.step()
        optimizer.zero_grad()
    return losses, norms


def worker(rank, world, store, folder):
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    torch.set_num_threads(1)
    result = {}
    model = shard(network(), world)
    result["parts"] = {k: list(v.to_local().shape) for k, v in model.state_dict().items()}
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    result["losses"], result["norms"] = train(model, rank, world, optimizer, clip=0.1)
    result["weights"] = whole(model)
    if world == 2:
        state = {"model": get_model_state_dict(model), "optim": get_optimizer_state_dict(model, optimizer)}
        dcp.save(state, checkpoint_id=str(HERE / "Fixtures" / "fsdp"))
    model = shard(network(), world)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    result["accumulated_losses"], _ = train(model, rank, world, optimizer, accumulate=True)
    result["accumulated_weights"] = whole(model)
    model = shard(
        network(), world, mp_policy=MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    result["mixed_losses"], _ = train(model, rank, world, optimizer)
    result["mixed_weights"] = whole(model)
    pathlib.Path(folder, f"{rank}.json").write_text(json.dumps(result))
    dist.barrier()
    dist.destroy_process_group()


def check(folder):
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.5)
    state = {"model": get_model_state_dict(model), "optim": get_optimizer_state_dict(model, optimizer)}
    dcp.load(state, checkpoint_id=folder)
    recorded = json.loads((HERE / "fsdp.json").read_text())["2"][0]["weights"]
    for name, values in recorded.items():
        read = state["model"][name]
        assert torch.allclose(read.flatten(), torch.tensor(values), atol=1e-5), name
    moments = state["optim"]["state"]
    assert moments["0.0.weight"]["exp_avg"].shape == (7, 10) and moments["0.0.weight"]["step"].item() == STEPS
    assert moments["0.0.weight"]["exp_avg"].abs().sum() > 0
    assert state["optim"]["param_groups"][0]["lr"] == 0.02, state["optim"]["param_groups"]
    print("PyTorch reads the checkpoint")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
    else:
        shutil.rmtree(HERE / "Fixtures" / "fsdp", ignore_errors=True)
        out = {}
        for world in (2, 3):
            with tempfile.TemporaryDirectory() as folder:
                mp.spawn(worker, (world, f"{folder}/store", folder), nprocs=world)
                out[str(world)] = [json.loads(pathlib.Path(folder, f"{r}.json").read_text()) for r in range(world)]
        (HERE / "fsdp.json").write_text(json.dumps(out))

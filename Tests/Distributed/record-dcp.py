"""Records Fixtures/dcp: a checkpoint of two processes that torch.distributed.checkpoint wrote, with a tensor in parts.

    python3 Tests/Distributed/record-dcp.py

With --check FOLDER, reads a checkpoint that `distributed-test dcp FOLDER` wrote, with PyTorch's own reader.
"""
import pathlib
import shutil
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
import torch.multiprocessing as mp
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Shard, distribute_tensor


def worker(rank, store, folder):
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    mesh = init_device_mesh("cpu", (2,))
    w = distribute_tensor(torch.arange(24.0).reshape(4, 6), mesh, [Shard(0)])
    state = {
        "model": {"w": w, "b": torch.tensor([7, 8])},
        "optim": {"state": {0: {"step": torch.tensor(5.0)}, 1: {"step": torch.tensor(6.0)}}},
        "step": 3,
        "name": "x",
    }
    dcp.save(state, checkpoint_id=folder)
    dist.barrier()
    dist.destroy_process_group()


def check(folder):
    w = torch.zeros(3, 2)
    rows = torch.zeros(4, 4)
    state = {"model": {"w": w, "b": torch.zeros(2, dtype=torch.int64)}, "rows": rows, "step": 0, "name": ""}
    dcp.load(state, checkpoint_id=folder)
    assert torch.equal(state["model"]["w"], torch.arange(6.0).reshape(2, 3).t()), state
    assert state["model"]["b"].tolist() == [1, 2] and state["step"] == 3 and state["name"] == "x", state
    assert torch.equal(state["rows"], torch.tensor([0.0, 0, 1, 1])[:, None].expand(4, 4)), state
    print("PyTorch reads the checkpoint")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--check"]:
        check(sys.argv[2])
    else:
        target = pathlib.Path(__file__).with_name("Fixtures") / "dcp"
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            mp.spawn(worker, (f"{folder}/store", str(target)), nprocs=2)

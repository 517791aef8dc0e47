"""Records what torch.utils.tensorboard writes: events.bin, hparams.bin and, in the folder embedding, the projector's
files.

Run in this folder, with torch, tensorboard and Pillow: python record.py. The tests make the same calls and compare the
bytes of each event. Recorded with torch 2.15.0, tensorboard 2.21.0, numpy 2.4.6.
"""

import glob
import os
import shutil
import tempfile

import torch
from torch.utils.tensorboard import SummaryWriter


class Calls:
    """Calls a writer with a step and a time that grow from call to call."""

    def __init__(self, writer):
        self.writer = writer
        self.count = 0

    def __call__(self, name, *values, **options):
        self.count += 1
        getattr(self.writer, name)(
            *values, global_step=self.count, walltime=1700000000.25 + self.count, **options
        )


def values(count):
    """Numbers whose sums are exact in every order."""
    return ((torch.arange(count) * 37) % 101 - 40).float() / 8


folder = tempfile.mkdtemp()
writer = SummaryWriter(os.path.join(folder, "run"), purge_step=3)
call = Calls(writer)

call("add_scalar", "number/int", 3)
call("add_scalar", "number/double", 0.1)
call("add_scalar", "number/zero", 0)
call("add_scalar", "number/tensor", torch.tensor([[2.5]]))
call("add_scalar", "number/infinite", float("-inf"))
call("add_scalar", "new", 0.1, new_style=True)
call("add_scalar", "double", 0.1, new_style=True, double_precision=True)

x = values(1000)
call("add_histogram", "default", x)
call("add_histogram", "positive", x.abs() + 1)
call("add_histogram", "one", torch.tensor([3]))
call("add_histogram", "small", torch.tensor([0.0, -0.0, 1e-13, 1e30, -1e-12]))
call("add_histogram", "joined", x, max_bins=100)
for bins in ["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"]:
    call("add_histogram", bins, x, bins=bins)
    call("add_histogram", bins + "/skewed", torch.arange(200.0) ** 2, bins=bins)
call("add_histogram", "ten", x, bins=10)
call("add_histogram", "equal", torch.ones(5), bins=4)
call("add_histogram", "edges", x, bins=[-4.0, -1.0, 0.0, 0.5, 7.0])
call(
    "add_histogram_raw", "raw", min=0.5, max=3.0, num=4, sum=6.0, sum_squares=12.5,
    bucket_limits=[1.0, 2.0, 4.0], bucket_counts=[1.0, 0.0, 3.0],
)

call("add_text", "text", "Plain *Markdown*: größer ≥ 0\n\n| a | b |")
call("add_text", "empty", "")

labels = (torch.arange(300) * 7 % 3 == 0).long()
predictions = (torch.arange(300) * 53 % 256).float() / 255
call("add_pr_curve", "curve", labels, predictions)
call("add_pr_curve", "curve/few", labels.bool(), predictions, num_thresholds=11)
call("add_pr_curve", "curve/weights", labels, predictions, weights=(torch.arange(300) % 4 / 2).numpy())
rows = [values(4) + k for k in range(6)]
call("add_pr_curve_raw", "curve/raw", *rows, num_thresholds=4)

for dtype in [
    torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8, torch.int8, torch.int16, torch.int32,
    torch.int64, torch.bool, torch.complex128,
]:
    call("add_tensor", "tensor", torch.tensor([[0, 1, 2], [100, 50, 3]]).to(dtype))
call("add_tensor", "negative", torch.tensor([-1, -2]))
call("add_audio", "sound", torch.sin(torch.arange(400) / 8).unsqueeze(0), sample_rate=8000)
vertices = torch.tensor([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]])
call("add_mesh", "mesh", vertices)
call("add_mesh", "mesh/faces", vertices, faces=vertices.abs(), colors=vertices * 100)

# These take no time: the tests leave the times out.
writer.add_custom_scalars(
    {"Loss": {"both": ["Multiline", ["loss/train", "loss/test"]], "one": ["Multiline", ["loss"]]},
     "Speed": {"images": ["Margin", ["mean", "least", "most"]]}}
)
writer.add_custom_scalars_multilinechart(["a", "b"])
writer.add_custom_scalars_marginchart(["a", "b", "c"], category="c", title="t")

image = torch.arange(3 * 4 * 6).view(3, 4, 6).float() / 71
writer.add_embedding(values(12).view(4, 3), metadata=["a", "b", "ü", "d"], tag="x/y")
writer.add_embedding(
    torch.tensor([[0.1, 1e-7], [2, float("nan")], [1e20, -0.0]]), metadata=[["1", "2"], ["3", "4"], ["5", "6"]],
    metadata_header=["first", "second"], label_img=torch.stack([image, image.flip(0), image * 2]), global_step=7,
)
writer.add_embedding(torch.tensor([[1, 2], [3, 4]]), global_step=123456)
# One each: the order of several is that of a hash table.
writer.add_hparams({"lr": 0.1}, {"hparam/loss": 0.25}, {"lr": [0.1, 0.01]}, run_name="number", global_step=5)
writer.add_hparams({"name": "größe"}, {"hparam/loss": 0.5}, {"name": ["größe", ""]}, run_name="text")
writer.add_hparams({"norm": True, "none": None}, {"a": 1, "b": 2}, run_name="bool")
writer.close()

(path,) = glob.glob(os.path.join(folder, "run", "events*"))
shutil.copy(path, "events.bin")
with open("hparams.bin", "wb") as file:
    for name in ["number", "text", "bool"]:
        (path,) = glob.glob(os.path.join(folder, "run", name, "events*"))
        with open(path, "rb") as part:
            file.write(part.read())
shutil.rmtree("embedding", ignore_errors=True)
others = shutil.ignore_patterns("events*", "number", "text", "bool")
shutil.copytree(os.path.join(folder, "run"), "embedding", ignore=others)
shutil.rmtree(folder)

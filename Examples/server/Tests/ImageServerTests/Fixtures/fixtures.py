"""Writes the images of this folder and answers.json, with PyTorch, torchvision and Pillow.

The network's weights are those that torch.manual_seed(0) gives, so no checkpoint is needed.
"""

import gzip
import json
import struct
import zlib
from pathlib import Path

import numpy
import torch
from PIL import Image
from torch import nn
from torchvision.io import ImageReadMode, decode_image
from torchvision.models import ResNet18_Weights, resnet18
from torchvision.transforms import functional as TF

folder = Path(__file__).parent
torch.set_num_threads(1)


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


def write_images():
    with gzip.open("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 28, 28)
    boot = Image.fromarray(images[0])
    boot.save(folder / "boot.png")
    boot.save(folder / "boot.jpg", quality=95)
    boot.convert("RGB").save(folder / "boot.webp", lossless=True)
    transparent = numpy.stack([images[5], images[6], images[7], images[8]], axis=2)
    Image.fromarray(transparent).save(folder / "transparent.webp", lossless=True, exact=True)
    Image.fromarray(images[1].astype(numpy.uint16) * 257).save(folder / "pullover16.png")
    colors = numpy.stack([images[2], images[3], images[4]], axis=2)
    Image.fromarray(colors).resize((90, 60), Image.Resampling.BICUBIC).save(folder / "colors.png")
    Image.new("L", (1, 100_000)).save(folder / "narrow.png")
    # Few bytes, many pixels. The second has only a header that says so.
    Image.new("1", (6000, 6000)).save(folder / "bomb.png", optimize=True)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(1000)))
    (folder / "promise.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b""))


def read(name, mode):
    return decode_image(torch.frombuffer(bytearray((folder / name).read_bytes()), dtype=torch.uint8), mode)


def prepared(name):
    if name == "pullover16.png":
        gray = torch.from_numpy(numpy.array(Image.open(folder / name)).astype(numpy.float32) / 65535)[None]
    elif name.endswith(".webp"):
        gray = TF.rgb_to_grayscale(read(name, ImageReadMode.RGB))
    else:
        gray = read(name, ImageReadMode.GRAY)
    return TF.convert_image_dtype(TF.resize(gray, [28, 28], antialias=True))


write_images()
answers = {}
torch.manual_seed(0)
network = NeuralNetwork().eval()
with torch.no_grad():
    for name in ["boot.png", "boot.jpg", "boot.webp", "transparent.webp", "pullover16.png", "colors.png"]:
        answers[name] = network(prepared(name)[None]).softmax(1)[0].tolist()
    torch.manual_seed(0)
    weights = ResNet18_Weights.DEFAULT
    x = weights.transforms()(read("colors.png", ImageReadMode.RGB))
    best = resnet18().eval()(x[None]).softmax(1)[0].topk(3)
    answers["resnet18"] = [
        {"class": weights.meta["categories"][i], "index": i, "probability": p}
        for p, i in zip(best.values.tolist(), best.indices.tolist())]
(folder / "answers.json").write_text(json.dumps(answers, indent=1) + "\n")

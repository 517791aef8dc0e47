"""PyTorch's side of scaling.py, started by torchrun: the models of the programs fashion-mnist and gpt, with
DistributedDataParallel over gloo if there is more than one process. Prints examples, or tokens, a second.

    scaling_peer.py fashion-mnist|gpt BATCH EPOCHS|STEPS TEXT SIZES
"""

import sys
import time

import numpy
import torch
from torch import distributed, nn
from torch.nn import functional
from torch.nn.parallel import DistributedDataParallel

PROGRAM, BATCH, AMOUNT, TEXT = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
BLOCK, LAYERS, HEADS, WIDTH = (int(size) for size in sys.argv[5].split(","))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
        self.c_attn, self.c_proj = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        self.fc, self.proj = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        b, t, c = x.shape
        parts = self.c_attn(self.ln_1(x)).split(c, dim=2)
        q, k, v = (part.view(b, t, HEADS, c // HEADS).transpose(1, 2) for part in parts)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).contiguous().view(b, t, c))
        return x + self.proj(functional.gelu(self.fc(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(characters, WIDTH), nn.Embedding(BLOCK, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(WIDTH, bias=False)
        self.head = nn.Linear(WIDTH, characters, bias=False)
        self.wte.weight = self.head.weight

    def forward(self, ids, targets):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.ln_f(x))
        return functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def wrap(model):
    if distributed.get_world_size() == 1:
        return model
    return DistributedDataParallel(model, gradient_as_bucket_view=True)


def report(amount, start):
    if distributed.get_rank() == 0:
        print(f"rate: {amount * distributed.get_world_size() / (time.perf_counter() - start):.0f}", flush=True)


def train_gpt():
    text = open(TEXT, encoding="utf-8").read()
    characters = sorted(set(text))
    ids = torch.tensor([characters.index(c) for c in text])[: len(text) * 9 // 10]
    model = GPT(len(characters))
    matrices = [p for p in model.parameters() if p.dim() >= 2]
    others = [p for p in model.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99))
    parallel = wrap(model)
    for _ in range(AMOUNT):
        start = time.perf_counter()
        places = torch.randint(0, len(ids) - BLOCK, (BATCH,)).unsqueeze(1) + torch.arange(BLOCK)
        loss = parallel(ids[places], ids[places + 1])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        loss.item()
        report(BATCH * BLOCK, start)


def read(name):
    content = open(f"data/FashionMNIST/raw/{name}", "rb").read()
    shape = numpy.frombuffer(content, ">i4", content[3], 4)
    return torch.from_numpy(numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * content[3]).reshape(shape).copy())


def train_images():
    # The whole set as tensors: what the loader of PyTorch would add is not counted.
    count, rank = distributed.get_world_size(), distributed.get_rank()
    images = read("train-images-idx3-ubyte")[rank::count].float().div(255)
    labels = read("train-labels-idx1-ubyte")[rank::count].long()
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(28 * 28, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    parallel = wrap(model)
    for _ in range(AMOUNT):
        start = time.perf_counter()
        for first in range(0, len(images), BATCH):
            loss = functional.cross_entropy(parallel(images[first : first + BATCH]), labels[first : first + BATCH])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        report(len(images), start)


torch.set_num_threads(1)
torch.manual_seed(0)
distributed.init_process_group("gloo")
train_gpt() if PROGRAM == "gpt" else train_images()
distributed.destroy_process_group()

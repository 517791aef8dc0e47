"""PyTorch's side of the benchmark. Benchmarks/Bench has the same cases under the same names, on the same inputs.

Each line on standard input is a command. The answer is a line of JSON on standard output:
  compare NAME|PATH  {} if the numbers that Swift wrote to PATH (.npy) equal PyTorch's, else {"different": HOW}
  time NAME|COUNT    {"seconds": S} for COUNT repetitions
"""

import functools
import itertools
import json
import os
import sys
import time

import numpy
import torch
from algebra import algebra
from torch import nn

# The relative and absolute difference that another order of additions or another polynomial explains (PyTorch's sqrt is
# not correctly rounded either: MKL). Drawn numbers, copied numbers and results of a single rounding must be identical.
CLOSE = (2e-5, 2e-6)
EXACT = (0, 0)


class Case:
    def __init__(self, work, tolerance=CLOSE, result=None):
        self.result = result or work
        self.tolerance = tolerance
        self.work = work

    def loop(self, count):
        work = self.work
        for _ in range(count):
            work()


class Inlined(Case):
    """A case that is too short for the cost of a Python function call."""

    def __init__(self, expression, **names):
        super().__init__(eval(f"lambda: {expression}", names), EXACT)
        scope = dict(names)
        exec(f"def loop(count):\n    for _ in range(count):\n        {expression}\n", scope)
        self.loop = scope["loop"]


def drawn(draw, tolerance=EXACT):
    def result():
        torch.manual_seed(1)
        return draw()

    return Case(draw, tolerance, result)


def overheads():
    a, b = torch.arange(8, dtype=torch.float32), torch.arange(8, 16, dtype=torch.float32)
    leaf = torch.arange(8, dtype=torch.float32).requires_grad_()
    return {
        "add-8": Inlined("a + b", a=a, b=b),
        "add-8-recorded": Inlined("leaf + b", leaf=leaf, b=b),
        "view": Inlined("a.view(2, 4)", a=a),
    }


def operators():
    torch.manual_seed(0)
    a, b = torch.randn(1000, 1000), torch.randn(1000, 1000)
    positive = torch.rand(1000, 1000) + 0.5
    mask = a > b
    i, j = torch.randint(0, 1000, (1000, 1000)), torch.randint(0, 1000, (1000, 1000))
    rows = torch.randperm(1000)
    upper, lower = torch.randn(500, 1000), torch.randn(500, 1000)
    p, q = torch.randn(512, 512), torch.randn(512, 512)
    return {
        "add": Case(lambda: a + b, EXACT),
        "mul": Case(lambda: a * b, EXACT),
        "div": Case(lambda: a / positive, EXACT),
        "exp": Case(lambda: a.exp()),
        "log": Case(lambda: positive.log()),
        "sqrt": Case(lambda: positive.sqrt()),
        "pow 2.5": Case(lambda: positive.pow(2.5)),
        "tanh": Case(lambda: a.tanh()),
        "sigmoid": Case(lambda: a.sigmoid()),
        "relu": Case(lambda: a.relu(), EXACT),
        "gelu": Case(lambda: nn.functional.gelu(a)),
        "clamp": Case(lambda: a.clamp(-0.5, 0.5), EXACT),
        "where": Case(lambda: torch.where(mask, a, b), EXACT),
        "masked_fill": Case(lambda: a.masked_fill(mask, 0), EXACT),
        "eq": Case(lambda: i.eq(j), EXACT),
        "int64 add": Case(lambda: i + j, EXACT),
        "sum": Case(lambda: positive.sum()),
        "sum dim 0": Case(lambda: positive.sum(0)),
        "sum dim 1": Case(lambda: positive.sum(1)),
        "mean": Case(lambda: positive.mean()),
        "var": Case(lambda: a.var()),
        "norm": Case(lambda: a.norm()),
        "max": Case(lambda: a.max(), EXACT),
        "argmax": Case(lambda: a.argmax(), EXACT),
        "softmax": Case(lambda: a.softmax(1)),
        "log_softmax": Case(lambda: a.log_softmax(1)),
        "cumsum": Case(lambda: positive.cumsum(1)),
        # Each element is a sum of 512 products; some are near zero after cancellation.
        "matmul 512": Case(lambda: p @ q, (1e-4, 2e-4)),
        "cat": Case(lambda: torch.cat([upper, lower]), EXACT),
        "transpose": Case(lambda: a.t().contiguous(), EXACT),
        "index_select": Case(lambda: a.index_select(0, rows), EXACT),
        "gather": Case(lambda: a.gather(1, i), EXACT),
        "rand": drawn(lambda: torch.rand(1000, 1000)),
        "randn": drawn(lambda: torch.randn(1000, 1000)),
        "randperm": drawn(lambda: torch.randperm(1_000_000)),
    }


def views():
    a, row = torch.arange(24, dtype=torch.float32).view(4, 6), torch.arange(6, dtype=torch.float32)
    return {
        "slice": Inlined("a[1:3]", a=a),
        "select": Inlined("a[2]", a=a),
        "transpose view": Inlined("a.t()", a=a),
        "expand": Inlined("row.expand(4, 6)", row=row),
        "unsqueeze": Inlined("row.unsqueeze(0)", row=row),
    }


def indexing():
    torch.manual_seed(0)
    a, b = torch.randn(1000, 1000), torch.randn(1000, 1000)
    mask = a > b
    i, j = torch.randint(0, 1000, (1000, 1000)), torch.randint(0, 1000, (1000, 1000))
    rows = torch.randperm(1000)
    flat, places = torch.randn(1_000_000), torch.randperm(1_000_000)
    written = torch.zeros(1_000_000)

    def write():
        written[places] = flat
        return written

    return {
        "a[rows]": Case(lambda: a[rows], EXACT),
        "a[i, j]": Case(lambda: a[i, j], EXACT),
        "a[mask]": Case(lambda: a[mask], EXACT),
        "v[places]": Case(lambda: flat[places], EXACT),
        "v[places] = w": Case(write, EXACT),
        "index_add": Case(lambda: a.index_add(0, rows, b), EXACT),
        "scatter_add": Case(lambda: a.scatter_add(1, i, b)),
        "nonzero": Case(lambda: mask.nonzero(), EXACT),
        "sort": Case(lambda: flat.sort().values, EXACT),
        "sort dim 1": Case(lambda: a.sort(dim=1).values, EXACT),
        "topk 10": Case(lambda: a.topk(10).values, EXACT),
        "topk 100 of all": Case(lambda: flat.topk(100).values, EXACT),
    }


def movement():
    torch.manual_seed(0)
    a, half, other, row = torch.randn(1000, 1000), torch.randn(1000, 500), torch.randn(1000, 500), torch.randn(1000)
    images, doubles, bytes_ = torch.randn(16, 61, 32, 32), a.double(), a > 0
    many = [torch.randn(10, 1000) for _ in range(100)]
    works = {
        "cat dim 1": lambda: torch.cat([half, other], 1),
        "cat of 100": lambda: torch.cat(many),
        "stack": lambda: torch.stack([half, other]),
        "stack dim 2": lambda: torch.stack([half, other], 2),
        "flip dim 0": lambda: a.flip(0),
        "flip dim 1": lambda: a.flip(1),
        "roll": lambda: a.roll(300),
        "roll dim 1": lambda: a.roll(300, 1),
        "rot90": lambda: a.rot90(),
        "repeat": lambda: row.repeat(1000, 1),
        "repeat dim 1": lambda: half.repeat(1, 2),
        "tril": lambda: a.tril(),
        "pad": lambda: nn.functional.pad(a, (4, 4, 4, 4)),
        "reflect": lambda: nn.functional.pad(images, (2, 2, 2, 2), "reflect"),
        "channels_last": lambda: images.contiguous(memory_format=torch.channels_last),
        "permute": lambda: images.permute(1, 0, 3, 2).contiguous(),
        "every second": lambda: a[:, ::2].contiguous(),
        "transpose float64": lambda: doubles.t().contiguous(),
        "transpose bool": lambda: bytes_.t().contiguous(),
        "cast": lambda: a.double(),
        "clone": lambda: a.clone(),
        "arange": lambda: torch.arange(1_000_000),
        "im2col": lambda: nn.functional.unfold(images, 3, padding=1),
    }
    return {name: Case(work, EXACT) for name, work in works.items()}


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(28 * 28, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)
        )

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


class Training:
    def __init__(self, batch, lr):
        torch.manual_seed(0)
        self.x = torch.rand(batch, 1, 28, 28)
        self.y = torch.randint(0, 10, (batch,))
        self.model = Network()
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)

    def step(self):
        loss = self.loss_fn(self.model(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss


def training_step(batch):
    training = Training(batch, 1e-3)

    def result():
        fresh = Training(batch, 0.1)
        return torch.stack([fresh.step().detach() for _ in range(5)])

    return Case(training.step, (1e-5, 1e-6), result)


def training(make, tolerance):
    """Returns a case of training steps. `make` makes a step that starts anew. The numbers are those of three steps."""
    kept = functools.cache(make)

    def result():
        step = make()
        return torch.stack([step() for _ in range(3)])

    return Case(lambda: kept()(), tolerance, result)


def images():
    """Layers and networks for images. Each is made at its first use, because their inputs are large."""
    cases = {}
    # Sums of many products, some of which cancel; and the same of numbers with 8 bits.
    sums, coarse_sums = (1e-3, 1e-3), (5e-2, 5e-2)

    def layer(name, shape, make, tolerance=sums):
        @functools.cache
        def made():
            torch.manual_seed(0)
            module, x = make(), torch.randn(shape).requires_grad_()
            with torch.no_grad():
                return module, x, torch.randn_like(module(x))

        def forward():
            module, x, _ = made()
            with torch.no_grad():
                return module(x)

        def both():
            module, x, gradient = made()
            x.grad = None
            for parameter in module.parameters():
                parameter.grad = None
            module(x).backward(gradient)
            return x.grad

        cases[name] = Case(forward, tolerance)
        cases[f"{name} both"] = Case(both, tolerance)

    image = (32, 64, 56, 56)
    layer("conv 3x3", image, lambda: nn.Conv2d(64, 64, 3, padding=1))
    layer("conv depthwise", image, lambda: nn.Conv2d(64, 64, 3, padding=1, groups=64))
    layer("conv 1x1", image, lambda: nn.Conv2d(64, 256, 1))
    layer("conv stride 2", image, lambda: nn.Conv2d(64, 128, 3, stride=2, padding=1))
    layer("conv1d", (32, 128, 1000), lambda: nn.Conv1d(128, 128, 3, padding=1))
    layer("conv transposed", image, lambda: nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1))
    layer("max_pool2d", image, lambda: nn.MaxPool2d(2), EXACT)
    layer("avg_pool2d", image, lambda: nn.AvgPool2d(2), CLOSE)
    layer("interpolate", image, lambda: nn.Upsample(scale_factor=2, mode="bilinear"), CLOSE)
    layer("batch_norm", (64, 256, 28, 28), lambda: nn.BatchNorm2d(256))
    layer("group_norm", (64, 256, 28, 28), lambda: nn.GroupNorm(32, 256))
    layer("layer_norm", (32, 128, 768), lambda: nn.LayerNorm(768))
    layer("rms_norm", (32, 128, 768), lambda: nn.RMSNorm(768))
    try:
        from torchvision import models
    except ImportError:
        return cases

    def network(name, batch, make, dtype=torch.float32, tolerance=sums):
        @functools.cache
        def made():
            torch.manual_seed(0)
            model, x = make().eval(), torch.randn(batch, 3, 224, 224)
            return model.to(dtype), x.to(dtype)

        def forward():
            model, x = made()
            with torch.no_grad():
                return model(x)

        cases[name] = Case(forward, tolerance)

    network("resnet18 1", 1, models.resnet18)
    network("resnet18 32", 32, models.resnet18)
    network("resnet18 1 fused", 1, models.resnet18)
    network("resnet18 32 fused", 32, models.resnet18)
    network("mobilenet_v3_small 1", 1, models.mobilenet_v3_small)
    network("resnet18 1 bf16", 1, models.resnet18, torch.bfloat16, coarse_sums)
    network("resnet18 32 bf16", 32, models.resnet18, torch.bfloat16, coarse_sums)
    # Swift's side computes in bfloat16, this one in float32.
    network("resnet18 32 bf16 or float32", 32, models.resnet18, tolerance=coarse_sums)

    def stepping():
        torch.manual_seed(0)
        model, loss_fn = models.resnet18(), nn.CrossEntropyLoss()
        x, y = torch.randn(32, 3, 224, 224), torch.randint(0, 1000, (32,))
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)

        def step():
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            return loss.detach()

        return step

    cases["resnet18 step"] = training(stepping, sums)
    return cases


class GPT(nn.Module):
    """A small GPT, made of PyTorch's modules."""

    def __init__(self, width, layers, heads, length):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(5000, width), nn.Embedding(length, width)
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, 0, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.head = nn.Linear(width, 5000, bias=False)

    def forward(self, ids):
        length = ids.size(1)
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        return self.head(self.blocks(self.wte(ids) + self.wpe(torch.arange(length)), mask=mask, is_causal=True))


def drawn_weight(*shape):
    return torch.randn(shape) * 0.05


class GPT2:
    """A GPT-2 in evaluation, with biases of 0 and scales of 1, which keeps keys and values."""

    def __init__(self, words, positions, width, layers, heads):
        self.heads = heads
        self.wte, self.wpe = drawn_weight(words, width), drawn_weight(positions, width)
        self.blocks = [
            [
                drawn_weight(*shape)
                for shape in ((width, 3 * width), (width, width), (width, 4 * width), (4 * width, width))
            ]
            for _ in range(layers)
        ]
        self.weights = [self.wte, self.wpe, *itertools.chain(*self.blocks)]
        # The biases, and the scales and summands of the normalizations.
        self.ones = layers * 13 * width + 2 * width
        self.biases = [torch.zeros(size * width) for size in (3, 1, 4, 1)]
        self.scale, self.summand = torch.ones(width), torch.zeros(width)
        self.cache = torch.zeros(layers, 2, 1, heads, positions, width // heads)

    def norm(self, x):
        return nn.functional.layer_norm(x, x.shape[-1:], self.scale, self.summand)

    def __call__(self, ids, start):
        """Computes the logits of tokens whose first one has the position `start`."""
        count, end = ids.size(1), start + ids.size(1)
        linear = [lambda x, w, b=b: torch.addmm(b, x.view(-1, x.size(-1)), w).view(1, count, -1) for b in self.biases]
        x = nn.functional.embedding(ids, self.wte) + self.wpe[start:end]
        for cache, (attn, proj, fc, mlp_proj) in zip(self.cache, self.blocks):
            q, k, v = (
                part.view(1, count, self.heads, -1).transpose(1, 2)
                for part in linear[0](self.norm(x), attn).chunk(3, 2)
            )
            cache[0, :, :, start:end], cache[1, :, :, start:end] = k, v
            y = nn.functional.scaled_dot_product_attention(
                q, cache[0, :, :, :end], cache[1, :, :, :end], is_causal=count > 1
            )
            x = x + linear[1](y.transpose(1, 2).flatten(2), proj)
            y = nn.functional.gelu(linear[2](self.norm(x), fc), approximate="tanh")
            x = x + linear[3](y, mlp_proj)
        return nn.functional.linear(self.norm(x), self.wte)


class BERT(nn.Module):
    """A BERT in evaluation, with biases of 0 and scales of 1, made of PyTorch's encoder."""

    def __init__(self, words, positions, width, layers, heads):
        super().__init__()
        embeddings = [drawn_weight(size, width) for size in (words, positions, 2)]
        shapes = [(width, width)] * 4 + [(4 * width, width), (width, 4 * width)]
        drawn = [[drawn_weight(*shape) for shape in shapes] for _ in range(layers)]
        state = torch.random.get_rng_state()
        self.words, self.positions = embeddings[0], embeddings[1] + embeddings[2][0]
        self.norm = nn.LayerNorm(width, eps=1e-12)
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, 0, "gelu", layer_norm_eps=1e-12, batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, layers)
        with torch.no_grad():
            for layer, (q, k, v, out, fc, proj) in zip(self.encoder.layers, drawn):
                for name, parameter in layer.named_parameters():
                    if name.endswith("bias"):
                        parameter.zero_()
                layer.self_attn.in_proj_weight.copy_(torch.cat([q, k, v]))
                layer.self_attn.out_proj.weight.copy_(out)
                layer.linear1.weight.copy_(fc)
                layer.linear2.weight.copy_(proj)
        self.eval()
        torch.random.set_rng_state(state)

    def forward(self, ids):
        return self.encoder(self.norm(nn.functional.embedding(ids, self.words) + self.positions[: ids.size(1)]))


def sequences():
    """Attention, recurrent layers, transformers and what language models need. Each is made at its first use."""
    cases = {}
    sums = (1e-3, 1e-3)

    def attention(name, shape, causal):
        @functools.cache
        def made():
            torch.manual_seed(0)
            return [torch.randn(shape).requires_grad_(index < 3) for index in range(4)]

        def forward():
            return nn.functional.scaled_dot_product_attention(*made()[:3], is_causal=causal)

        def both():
            for x in made():
                x.grad = None
            forward().backward(made()[3])
            return made()[0].grad

        cases[name] = Case(torch.no_grad()(forward), sums)
        cases[f"{name} both"] = Case(both, sums)

    attention("attention", (8, 12, 256, 64), False)
    attention("attention causal", (8, 12, 256, 64), True)
    attention("attention long", (1, 12, 2048, 64), True)

    def module(name, shape, make, call, gradients=sums):
        @functools.cache
        def made():
            torch.manual_seed(0)
            module, x = make(), torch.randn(shape).requires_grad_()
            with torch.no_grad():
                return module, x, torch.randn_like(call(module, x))

        def forward():
            module, x, _ = made()
            module.eval()
            with torch.no_grad():
                return call(module, x)

        def both():
            module, x, gradient = made()
            module.train()
            x.grad = None
            module.zero_grad()
            call(module, x).backward(gradient)
            return x.grad

        cases[name] = Case(forward, sums)
        cases[f"{name} both"] = Case(both, gradients)

    for batch in (64, 1):
        for kind in (nn.LSTM, nn.GRU):
            shape = (100, batch, 256)
            module(f"{kind.__name__.lower()} {batch}", shape, lambda kind=kind: kind(256, 256, 2), lambda m, x: m(x)[0])
    for batch in (32, 1):
        module(
            f"encoder layer {batch}",
            (batch, 128, 512),
            lambda: nn.TransformerEncoderLayer(512, 8, dropout=0, batch_first=True),
            lambda m, x: m(x),
            # A sum close to 0 may round to the other side of a ReLU, which changes gradients by a whole product.
            gradients=(5e-2, 5e-2),
        )

    def gpt(width, layers, heads, length, batch, tolerance=sums):
        def make():
            torch.manual_seed(0)
            model = GPT(width, layers, heads, length)
            ids = torch.randint(0, 5000, (batch, length + 1))
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

            def step():
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(ids[:, :-1]).view(-1, 5000), ids[:, 1:].reshape(-1))
                loss.backward()
                optimizer.step()
                return loss.detach()

            return step

        return training(make, tolerance)

    cases["gpt 384 step"] = gpt(384, 6, 6, 256, 4)
    # Swift's side computes in bfloat16, this one in float32.
    cases["gpt 384 bf16 step"] = gpt(384, 6, 6, 256, 4, (1e-2, 1e-2))
    cases["gpt 128 step"] = gpt(128, 4, 4, 64, 12)

    @functools.cache
    def decoder():
        torch.manual_seed(0)
        model = GPT2(5000, 512, 384, 6, 6)
        with torch.no_grad():
            model(torch.randint(0, 5000, (1, 256)), 0)
        return model, torch.randint(0, 5000, (1, 1))

    @functools.cache
    def weights():
        return torch.ones(sum(x.numel() for x in decoder()[0].weights) + decoder()[0].ones)

    @functools.cache
    def sentence_encoder():
        torch.manual_seed(0)
        return BERT(30522, 512, 384, 6, 12), torch.randint(0, 30522, (32, 64))

    def sentence_vectors():
        model, ids = sentence_encoder()
        return nn.functional.normalize(model(ids).mean(1))

    cases["gpt 384 token"] = Case(torch.no_grad()(lambda: decoder()[0](decoder()[1], 256)), sums)
    cases["gpt 384 read"] = Case(lambda: weights().sum())
    cases["sentences"] = Case(torch.no_grad()(sentence_vectors), sums)

    @functools.cache
    def logits():
        torch.manual_seed(0)
        return torch.randn(512, 50257).requires_grad_(), torch.randint(0, 50257, (512,))

    def cross_entropy():
        x, y = logits()
        x.grad = None
        nn.functional.cross_entropy(x, y).backward()
        return x.grad

    @functools.cache
    def table():
        torch.manual_seed(0)
        weight, ids = torch.randn(50257, 256).requires_grad_(), torch.randint(0, 50257, (4096,))
        return weight, ids, torch.randn(4096, 256)

    def embedding():
        weight, ids, gradient = table()
        weight.grad = None
        nn.functional.embedding(ids, weight).backward(gradient)
        return weight.grad

    def adamw():
        torch.manual_seed(0)
        parameter = torch.randn(10_000_000).requires_grad_()
        parameter.grad = torch.randn(10_000_000)
        optimizer = torch.optim.AdamW([parameter], lr=1e-3)

        def step():
            optimizer.step()
            return parameter.detach()[:1000].sum()

        return step

    cases["cross entropy"] = Case(cross_entropy, (1e-4, 1e-8))
    cases["embedding"] = Case(embedding, CLOSE)
    cases["adamw"] = training(adamw, (1e-4, 1e-4))
    return cases


def reading():
    """Returns the cases that read the Parquet file of reviews, which text.py writes for run.py."""
    path = os.environ.get("BENCH_REVIEWS")
    if path is None:
        return {}
    from pyarrow import compute, parquet

    def result():
        table = parquet.read_table(path)
        return torch.tensor([compute.binary_length(table["text"]).to_pylist(), table["label"].to_pylist()])

    reviews = parquet.read_table(path)
    places = torch.randperm(len(reviews), generator=torch.Generator().manual_seed(0)).tolist()
    place = itertools.cycle(places)

    return {
        "row": Case(lambda: reviews.slice(next(place), 1).to_pylist()[0], EXACT, lambda: result()[:, places]),
        "read_table": Case(lambda: parquet.read_table(path, memory_map=False), EXACT, result),
        "read_table mapped": Case(lambda: parquet.read_table(path, memory_map=True), EXACT, result),
    }


def pictures():
    """Returns the cases that read the JPEG files of a folder, which pictures.py writes for run.py."""
    root = os.environ.get("BENCH_PICTURES")
    if root is None:
        return {}
    from torchvision import datasets, io
    from torchvision.transforms import v2

    file = io.read_file(os.path.join(root, "0", "0.jpg"))
    image = io.decode_image(file)
    prepare = v2.Compose([v2.Resize(256), v2.CenterCrop(224), v2.ToDtype(torch.float32, scale=True)])
    # The usual program: Pillow decodes and cuts, in two processes.
    augment = v2.Compose([v2.RandomResizedCrop(224), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
    loader = torch.utils.data.DataLoader(datasets.ImageFolder(root, augment), batch_size=64, num_workers=2)
    return {
        "decode": Case(lambda: io.decode_image(file), EXACT),
        "resize and crop": Case(lambda: prepare(image), (0, 1.01 / 255)),
        "image folder": Case(lambda: torch.cat([y + x.size(0) for x, y in loader]), EXACT),
    }


def compare(case, path):
    theirs = torch.from_numpy(numpy.load(path))
    ours = case.result().detach()
    if ours.dtype == torch.bfloat16:
        ours = ours.float()
    if theirs.dtype != ours.dtype or theirs.shape != ours.shape:
        return {
            "different": f"Swift gives {theirs.dtype} {tuple(theirs.shape)}, PyTorch {ours.dtype} {tuple(ours.shape)}"
        }
    rtol, atol = case.tolerance
    difference = (theirs.double() - ours.double()).abs()
    excess = difference - (atol + rtol * ours.double().abs())
    if not bool((excess <= 0).all()):
        worst = int(excess.nan_to_num(float("inf")).argmax())
        pair = f"{theirs.reshape(-1)[worst].item()} in Swift, {ours.reshape(-1)[worst].item()} in PyTorch"
        return {
            "different": f"{int((~(excess <= 0)).sum())} of {excess.numel()} numbers differ; element {worst} is {pair}"
        }
    return {}


def answer(line, cases):
    command, rest = line.split(" ", 1)
    name, argument = rest.split("|")
    case = cases[name]
    if command == "compare":
        return compare(case, argument)
    start = time.perf_counter()
    case.loop(int(argument))
    return {"seconds": time.perf_counter() - start}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    cases = {
        **operators(),
        **overheads(),
        **views(),
        **movement(),
        **indexing(),
        **reading(),
        **images(),
        **pictures(),
        **sequences(),
        **algebra(Case),
        **{f"step-{batch}": training_step(batch) for batch in (1, 64, 1024)},
    }
    for line in sys.stdin:
        try:
            reply = answer(line.rstrip("\n"), cases)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()

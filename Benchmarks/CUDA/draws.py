"""Compares the draws that `cuda-check draws FILE` saved with PyTorch's: python3 draws.py FILE."""

import sys

import torch

device = "cuda"
saved = torch.load(sys.argv[1])
counts = {"the same bits": 0, "nearly the same": 0, "different": 0}


def compare(name, draw):
    if name not in saved:
        return
    torch.manual_seed(0)
    all = draw().flatten().cpu()
    if all.numel() > 2000:
        all = torch.cat([all[:1000], all[-1000:]])
    ours, theirs = saved[name].double(), all.double()
    if torch.equal(saved[name], all):
        verdict = "the same bits"
    else:
        wrong = (ours != theirs).sum().item()
        difference = ((ours - theirs).abs() / theirs.abs().clamp(min=1)).max().item()
        verdict = "nearly the same" if difference < 1e-2 and saved[name].dtype == all.dtype else "different"
        print(f"{name}\t{verdict}: {wrong} of {all.numel()}, by up to {difference:.2g}")
    counts[verdict] += 1


for size in (1000, 300_000):
    chances = torch.linspace(0, 1, size).to(device)
    rates = torch.linspace(0, 20, size).to(device)
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        fresh = lambda: torch.empty(size, dtype=dtype, device=device)
        kind = f"{dtype} {size}"
        compare(f"uniform_ {kind}", lambda: fresh().uniform_(-2, 3))
        compare(f"normal_ {kind}", lambda: fresh().normal_(1, 2))
        compare(f"log_normal_ {kind}", lambda: fresh().log_normal_())
        compare(f"exponential_ {kind}", lambda: fresh().exponential_())
        compare(f"cauchy_ {kind}", lambda: fresh().cauchy_())
        compare(f"geometric_ {kind}", lambda: fresh().geometric_(0.3))
        compare(f"bernoulli_ {kind}", lambda: fresh().bernoulli_(0.3))
        compare(f"bernoulli {kind}", lambda: chances.to(dtype).bernoulli())
        compare(f"random_ {kind}", lambda: fresh().random_())
        compare(f"poisson {kind}", lambda: rates.to(dtype).poisson())
        compare(f"binomial {kind}", lambda: torch.binomial(rates.floor().to(dtype), chances.to(dtype)))
    for dtype in (torch.int64, torch.int32, torch.uint8):
        compare(
            f"random_ 0 100 {dtype} {size}", lambda: torch.empty(size, dtype=dtype, device=device).random_(0, 100)
        )
    compare(f"random_ 0 2**40 {size}", lambda: torch.empty(size, dtype=torch.int64, device=device).random_(0, 2**40))
    compare(f"randperm {size}", lambda: torch.randperm(size, device=device))
    compare(f"poisson 5000 {size}", lambda: torch.full((size,), 5000.0, device=device).poisson())
    compare(f"binomial 1000 {size}", lambda: torch.binomial(torch.full((size,), 1000.0, device=device), chances))
    compare(f"gamma {size}", lambda: torch.distributions.Gamma(rates + 0.1, 1.0).sample())
    compare(f"dirichlet {size}", lambda: torch.distributions.Dirichlet((rates + 0.1).reshape(-1, 10)).sample())
    compare(f"multinomial {size}", lambda: (chances + 0.1).multinomial(1000, replacement=True))
    compare(f"dropout {size}", lambda: torch.nn.functional.dropout(rates, 0.3))
print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))

"""The cases of Benchmarks/Bench/Algebra.swift: linear algebra, Fourier transforms, gradients of single examples."""

import functools

import torch
from torch import nn
from torch.func import functional_call, grad, vmap


def decompositions(Case, name, shape, columns):
    @functools.cache
    def made():
        torch.manual_seed(0)
        n = shape[-1]
        general = torch.randn(shape) + torch.eye(n) * n
        right = torch.randn(*shape[:-1], columns)
        return general, general @ general.mT / n, right

    linalg, close = torch.linalg, (2e-3, 2e-3)
    return {
        f"solve {name}": Case(lambda: linalg.solve(made()[0], made()[2]), close),
        f"cholesky {name}": Case(lambda: linalg.cholesky(made()[1]), close),
        f"inv {name}": Case(lambda: linalg.inv(made()[0]), close),
        f"qr {name}": Case(lambda: linalg.qr(made()[0]), close, lambda: linalg.qr(made()[0]).R.abs()),
        f"eigh {name}": Case(lambda: linalg.eigh(made()[1]), close, lambda: linalg.eigh(made()[1]).eigenvalues),
        f"svd {name}": Case(lambda: linalg.svd(made()[0]), close, lambda: linalg.svd(made()[0]).S),
    }


def example_gradients(Case, shape, make):
    @functools.cache
    def made():
        torch.manual_seed(0)
        network = make()
        x, y = torch.randn(256, *shape), torch.randint(0, 10, (256,))
        weights = {name: weight.detach() for name, weight in network.named_parameters()}

        def loss(weights, x, y):
            return nn.functional.cross_entropy(functional_call(network, weights, x.unsqueeze(0)), y.unsqueeze(0))

        return lambda: vmap(grad(loss), in_dims=(None, 0, 0))(weights, x, y)

    return Case(lambda: made()()["0.weight"], (1e-3, 1e-5))


def algebra(Case):
    """Each case is made at its first use."""

    @functools.cache
    def image():
        torch.manual_seed(0)
        return torch.randn(1024, 1024, dtype=torch.complex64)

    @functools.cache
    def signal():
        torch.manual_seed(0)
        return torch.randn(1 << 20)

    window = torch.hann_window(400)

    def transform(work):
        return Case(work, (1e-3, 2e-3), lambda: torch.view_as_real(work()))

    def stft():
        return signal().narrow(0, 0, 160_000).stft(400, 160, window=window, return_complex=True)

    return {
        **decompositions(Case, "512", (512, 512), 64),
        **decompositions(Case, "batch", (1024, 16, 16), 16),
        "fft2": transform(lambda: torch.fft.fft2(image())),
        "rfft": transform(lambda: torch.fft.rfft(signal())),
        "stft": transform(stft),
        "example gradients, linear": example_gradients(
            Case, (64,), lambda: nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
        ),
        "example gradients, convolutions": example_gradients(
            Case,
            (1, 28, 28),
            lambda: nn.Sequential(
                nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
                nn.Flatten(), nn.Linear(800, 10),
            ),
        ),
    }

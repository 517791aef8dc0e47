"""The cases of the folder distributions: moments, draws, probabilities and gradients of torch.distributions, Kullback-
Leibler divergences, and transforms."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import distributions as D
from torch import tensor
from torch.distributions import constraints, transforms as T

from .settings import Settings
from .values import JSON, written, written_result

VERSION = torch.__version__.split("+")[0]

# A distribution is its name and its arguments, which may be distributions and transforms again.
Spec = tuple[str, dict[str, Any]]

MATRIX = [[2.0, 0.5, 0.1], [0.5, 1.5, -0.3], [0.1, -0.3, 1.0]]
FACTOR = [[1.2, 0.0, 0.0], [0.3, 0.9, 0.0], [-0.5, 0.2, 1.1]]


def specs() -> dict[str, list[dict[str, Any]]]:
    a, b = tensor([0.3, 1.5, 2.0]), tensor([0.7, 1.2, 3.5])
    wide = tensor([[0.25], [2.5]], dtype=torch.float64)
    loc = tensor([-1.0, 0.25, 2.0])
    p, logits = tensor([0.1, 0.5, 0.83]), tensor([-2.0, 0.0, 1.3])
    weights, rows = tensor([0.2, 0.5, 1.3]), tensor([[0.1, -0.4, 1.0, 0.3], [2.0, 0.0, -1.0, 0.5]])
    vectors = ("Normal", {"loc": torch.arange(12.0).view(2, 2, 3) / 7, "scale": a})
    location = [{"loc": 0, "scale": 1}, {"loc": loc, "scale": a}, {"loc": 0.5, "scale": wide}]
    binary = [{"probs": 0.3}, {"probs": p}, {"logits": logits}, {"logits": 0.7}]
    categories = [{"probs": weights}, {"logits": rows}]
    positive = [{"concentration1": 0.5, "concentration0": 2.0}, {"concentration1": a, "concentration0": b}]
    covariances = [
        {"loc": loc, "covariance_matrix": tensor(MATRIX)},
        {"loc": torch.stack([loc, loc + 1]), "scale_tril": tensor(FACTOR)},
        {"loc": loc, "precision_matrix": tensor([MATRIX, FACTOR]).matmul(tensor([MATRIX, FACTOR]).mT)},
    ]
    return {
        "Normal": location,
        "LogNormal": location,
        "LogisticNormal": location[:2],
        "Cauchy": location,
        "Laplace": location,
        "Gumbel": location,
        "HalfNormal": [{"scale": 2.0}, {"scale": a}],
        "HalfCauchy": [{"scale": 2.0}, {"scale": a}],
        "Uniform": [{"low": -1, "high": 2}, {"low": loc, "high": loc + b}],
        "Exponential": [{"rate": 1.5}, {"rate": a}, {"rate": wide}],
        "Poisson": [{"rate": 4.0}, {"rate": tensor([0.0, 0.4, 9.9, 10.0, 35.5])}, {"rate": wide * 500}],
        "Gamma": [
            {"concentration": 2.0, "rate": 1.0},
            {"concentration": a, "rate": b},
            {"concentration": wide, "rate": 3.0},
            {"concentration": tensor([0.05, 9.0, 15.0]).double(), "rate": b.double()},
        ],
        "InverseGamma": [{"concentration": 3.0, "rate": 1.0}, {"concentration": a, "rate": b}],
        "Chi2": [{"df": 3.0}, {"df": b}],
        "Beta": [
            *positive,
            {"concentration1": wide, "concentration0": 3.0},
            {
                "concentration1": tensor([7.0, 0.02, 12.0]).double(),
                "concentration0": tensor([8.0, 0.3, 30.0]).double(),
            },
        ],
        "Kumaraswamy": positive,
        "Dirichlet": [{"concentration": weights}, {"concentration": rows.exp()}, {"concentration": rows.double().exp() * 20}],
        "Pareto": [{"scale": 1.0, "alpha": 3.0}, {"scale": a, "alpha": b}],
        "GeneralizedPareto": [{"loc": 0.0, "scale": 1.0, "concentration": 0.2}, {"loc": loc, "scale": a, "concentration": tensor([-0.4, 0.0, 0.7])}],
        "Weibull": [{"scale": 1.0, "concentration": 2.0}, {"scale": a, "concentration": b}],
        "StudentT": [{"df": 3.0}, {"df": b, "loc": loc, "scale": a}],
        "FisherSnedecor": [{"df1": 3.0, "df2": 5.0}, {"df1": a, "df2": b}],
        "VonMises": [{"loc": 0.5, "concentration": 2.0}, {"loc": loc, "concentration": tensor([0.1, 2.0, 8.0])}],
        "Bernoulli": binary,
        "ContinuousBernoulli": binary,
        "Geometric": binary,
        "Binomial": [{"total_count": 5, "probs": p}, {"total_count": tensor([3.0, 40.0, 200.0]), "logits": logits}, {"total_count": 100, "probs": wide / 3}],
        "NegativeBinomial": [{"total_count": 5, "probs": p}, {"total_count": tensor([3.0, 4.5, 20.0]), "logits": logits}],
        "Categorical": categories,
        "OneHotCategorical": categories,
        "OneHotCategoricalStraightThrough": categories,
        "Multinomial": [{"total_count": 7, **each} for each in categories],
        "RelaxedBernoulli": [{"temperature": tensor(0.7), "probs": p}, {"temperature": tensor(2.2), "logits": logits}],
        "LogitRelaxedBernoulli": [{"temperature": tensor(0.7), "probs": p}],
        "RelaxedOneHotCategorical": [{"temperature": tensor(0.7), **each} for each in categories],
        "ExpRelaxedCategorical": [{"temperature": tensor(0.7), **each} for each in categories],
        "MultivariateNormal": covariances,
        "LowRankMultivariateNormal": [
            {"loc": loc, "cov_factor": tensor([[1.0, 0.2], [0.5, -1.0], [0.0, 0.7]]), "cov_diag": b},
            {"loc": torch.stack([loc, loc]), "cov_factor": tensor([[1.0], [0.5], [0.0]]), "cov_diag": torch.stack([a, b])},
        ],
        "Wishart": [
            {"df": 5.0, "covariance_matrix": tensor(MATRIX)},
            {"df": tensor([3.5, 6.0]), "scale_tril": tensor(FACTOR)},
            {"df": tensor(4.0), "precision_matrix": tensor(MATRIX)},
        ],
        "LKJCholesky": [{"dim": 3, "concentration": 0.7}, {"dim": 4, "concentration": a.double()}],
        "Independent": [
            {"base": ("Normal", {"loc": torch.stack([loc, loc + 1]), "scale": a}), "dims": 1},
            {"base": ("Bernoulli", {"probs": p}), "dims": 1},
            {"base": ("Gamma", {"concentration": a, "rate": b}), "dims": 0},
        ],
        "MixtureSameFamily": [
            {"mixture": ("Categorical", {"probs": weights}), "component": ("Normal", {"loc": loc, "scale": a})},
            {"mixture": ("Categorical", {"logits": rows[:, :2]}), "component": ("Independent", {"base": vectors, "dims": 1})},
        ],
        "TransformedDistribution": [
            {"base": ("Normal", {"loc": loc, "scale": a}), "transforms": [("Affine", {"loc": 1.0, "scale": tensor([-2.0, 0.5, 1.0])}), ("Sigmoid", {})]},
            {"base": ("Uniform", {"low": tensor([0.0]), "high": tensor([1.0])}), "transforms": [("Inverse", {"of": ("Sigmoid", {})}), ("Affine", {"loc": loc, "scale": a})]},
        ],
    }  # fmt: skip


def distribution(spec: Spec) -> D.Distribution:
    name, arguments = spec
    match name:
        case "Independent":
            return D.Independent(distribution(arguments["base"]), arguments["dims"])
        case "MixtureSameFamily":
            return D.MixtureSameFamily(distribution(arguments["mixture"]), distribution(arguments["component"]))
        case "TransformedDistribution":
            return D.TransformedDistribution(distribution(arguments["base"]), [transform(each) for each in arguments["transforms"]])
        case "LogitRelaxedBernoulli":
            return D.relaxed_bernoulli.LogitRelaxedBernoulli(**arguments)
        case "ExpRelaxedCategorical":
            return D.relaxed_categorical.ExpRelaxedCategorical(**arguments)
    return getattr(D, name)(**arguments)


def transform(spec: Spec) -> T.Transform:
    name, arguments = spec
    match name:
        case "Inverse":
            return transform(arguments["of"]).inv
        case "Compose" | "Cat" | "Stack":
            parts = [transform(each) for each in arguments["parts"]]
            return getattr(T, f"{name}Transform")(parts, **{k: v for k, v in arguments.items() if k != "parts"})
        case "Independent":
            return T.IndependentTransform(transform(arguments["of"]), arguments["dims"])
        case "CumulativeDistribution":
            return T.CumulativeDistributionTransform(distribution(arguments["of"]))
    return getattr(T, f"{name}Transform")(**arguments)


def described(spec: Spec) -> JSON:
    """Returns a distribution or transform as an object: its name and its arguments."""

    def argument(value: Any) -> JSON:
        if isinstance(value, tuple):
            return {"spec": described(value)}
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            return {"specs": [described(each) for each in value]}
        return written(value)

    name, arguments = spec
    return {"name": name, "arguments": {key: argument(value) for key, value in arguments.items()}}


def leaves(spec: Spec) -> tuple[Spec, list[torch.Tensor]]:
    """Returns the specification with its float tensors as leaves that require gradients, and these by name."""
    found: list[torch.Tensor] = []

    def fresh(value: Any) -> Any:
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            found.append(value.detach().clone().requires_grad_())
            return found[-1]
        if isinstance(value, tuple):
            return (value[0], {key: fresh(value[1][key]) for key in sorted(value[1])})
        return [fresh(each) for each in value] if isinstance(value, list) else value

    return fresh(spec), found


def result(make: Callable[[], Any]) -> JSON | None:
    try:
        return written_result(make())
    except (NotImplementedError, AttributeError):
        return None


def gradients(output: torch.Tensor, inputs: list[torch.Tensor]) -> JSON | None:
    """The gradients of a sum with weights, by inputs; None for those that have none."""
    if not output.requires_grad:
        return None
    weighted = (output * torch.arange(1, output.numel() + 1, dtype=output.dtype).view(output.shape)).sum()
    return written_result(list(torch.autograd.grad(weighted, inputs, allow_unused=True, retain_graph=True)))


SHAPES: list[tuple[int, ...]] = [(), (4,), (2, 3)]


def case(spec: Spec, seed: int) -> JSON:
    form: JSON = {"of": described(spec), "seed": seed}
    d = distribution(spec)
    form |= {"repr": repr(d), "batch_shape": list(d.batch_shape), "event_shape": list(d.event_shape)}
    form["support"] = repr(d.support)
    for name in ("mean", "mode", "variance", "stddev"):
        form[name] = result(lambda name=name: getattr(d, name))
    for name in ("entropy", "perplexity"):
        form[name] = result(getattr(d, name))
    form["enumerate_support"] = result(lambda: d.enumerate_support()) if d.has_enumerate_support else None
    torch.manual_seed(seed)
    draws = [d.sample(shape) for shape in SHAPES]
    form["samples"] = written_result(draws)
    values = draws[1]
    form["log_prob"] = result(lambda: d.log_prob(values))
    if not d.event_shape:
        form["cdf"] = result(lambda: d.cdf(values))
        torch.manual_seed(seed)
        at = torch.rand(d._extended_shape((4,)), dtype=values.dtype if values.is_floating_point() else torch.float32)
        form["at"] = written(at)
        form["icdf"] = result(lambda: d.icdf(at))
    larger = d.expand((2, *d.batch_shape))
    larger_prob = result(lambda: larger.log_prob(values.unsqueeze(1)))
    form["expanded"] = {"repr": repr(larger), "batch_shape": list(larger.batch_shape), "log_prob": larger_prob}
    with_grad, inputs = leaves(spec)
    if inputs:
        d = distribution(with_grad)
        log_prob = result(lambda: d.log_prob(values))
        form["log_prob_grads"] = log_prob and gradients(d.log_prob(values), inputs)
        if d.has_rsample:
            torch.manual_seed(seed)
            draw = d.rsample((4,))
            form["rsample"] = written_result(draw)
            try:
                form["rsample_grads"] = gradients(draw, inputs)
            except RuntimeError as error:
                # Wishart writes to the mask with which it has written to the draws.
                if "modified by an inplace operation" not in str(error):
                    raise
    form["repr_after"] = repr(d)
    return {key: value for key, value in form.items() if value is not None}


def divergences() -> Iterator[tuple[Spec, Spec]]:
    """Yields a pair of every kind for which PyTorch has a formula."""
    from torch.distributions.kl import _KL_REGISTRY

    made: dict[str, Spec] = {name: (name, of[min(1, len(of) - 1)]) for name, of in specs().items()}
    made |= {
        "Binomial": ("Binomial", {"total_count": 5, "probs": tensor([0.1, 0.5, 0.83])}),
        "ContinuousBernoulli": ("ContinuousBernoulli", {"probs": tensor([0.1, 0.4, 0.83])}),
        "Pareto": ("Pareto", {"scale": tensor([0.3, 1.5, 2.0]), "alpha": tensor([1.5, 0.9, 3.5])}),
        "Uniform": ("Uniform", {"low": tensor([0.1, -0.5, 0.2]), "high": tensor([0.8, 1.5, 3.0])}),
        "MultivariateNormal": ("MultivariateNormal", specs()["MultivariateNormal"][0]),
        "LowRankMultivariateNormal": ("LowRankMultivariateNormal", specs()["LowRankMultivariateNormal"][0]),
        "Independent": ("Independent", specs()["Independent"][0]),
        "Dirichlet": ("Dirichlet", specs()["Dirichlet"][0]),
        "Wishart": ("Wishart", specs()["Wishart"][0]),
        "TransformedDistribution": ("LogNormal", specs()["LogNormal"][1]),
    }
    others: dict[str, dict[str, Any]] = {
        "Normal": {"loc": 0.2, "scale": 1.7}, "Beta": {"concentration1": 1.5, "concentration0": 0.8}, "Gamma": {"concentration": 1.7, "rate": 0.6},
        "Exponential": {"rate": 0.8}, "Uniform": {"low": -2.0, "high": 4.0}, "Pareto": {"scale": 0.05, "alpha": 1.2}, "Gumbel": {"loc": 0.3, "scale": 1.1},
        "Laplace": {"loc": 0.3, "scale": 1.1}, "ContinuousBernoulli": {"probs": 0.45}, "Bernoulli": {"probs": tensor([0.3, 0.0, 1.0])}, "Poisson": {"rate": 2.0},
        "Binomial": {"total_count": 4, "probs": 0.4}, "Geometric": {"probs": 0.4}, "Cauchy": {"loc": 0.3, "scale": 1.1}, "HalfNormal": {"scale": 0.6},
        "Categorical": {"probs": tensor([0.4, 0.1, 0.5])}, "OneHotCategorical": {"probs": tensor([0.4, 0.0, 0.5])}, "Dirichlet": {"concentration": tensor([1.0, 2.0, 0.4])},
        "MultivariateNormal": {"loc": tensor([0.1, 0.2, 0.3]), "scale_tril": tensor([FACTOR, MATRIX]).tril()},
        "LowRankMultivariateNormal": {"loc": tensor([0.1, 0.2, 0.3]), "cov_factor": tensor([[1.0], [0.5], [0.0]]), "cov_diag": tensor([0.5, 1.5, 1.0])},
        "Wishart": {"df": 4.5, "covariance_matrix": tensor(MATRIX) * 2},
    }  # fmt: skip
    made["Categorical"] = ("Categorical", specs()["Categorical"][0])
    made["OneHotCategorical"] = ("OneHotCategorical", specs()["OneHotCategorical"][0])
    for kind_p, kind_q in _KL_REGISTRY:
        p, q = kind_p.__name__, kind_q.__name__
        if p == "ExponentialFamily":
            yield made["Wishart"], ("Wishart", others["Wishart"])
        elif p == "TransformedDistribution":
            yield ("LogNormal", specs()["LogNormal"][1]), ("LogNormal", {"loc": 0.3, "scale": 1.1})
        elif p == "Independent":
            yield made[p], ("Independent", {"base": ("Normal", {"loc": torch.zeros(2, 3), "scale": 1.1}), "dims": 1})
        else:
            yield made[p], (q, others[q])


def divergence(p: Spec, q: Spec) -> JSON:
    spec, inputs = leaves(p)
    value = D.kl_divergence(distribution(spec), distribution(q))
    form = {"p": described(p), "q": described(q), "divergence": written_result(value)}
    if inputs and value.isfinite().all() and value.requires_grad:
        form["grads"] = gradients(value, inputs)
    return form


def transform_specs() -> list[tuple[Spec, torch.Tensor]]:
    x, matrix = tensor([[-1.5, 0.2, 0.7], [0.1, 2.0, -0.6]]), tensor(MATRIX)
    affine: Spec = ("Affine", {"loc": 1.0, "scale": tensor([-2.0, 0.5, 1.0])})
    return [
        (("Exp", {}), x), (("Power", {"exponent": tensor([2.0, -0.5, 1.5])}), x.exp()), (("Sigmoid", {}), x), (("Softplus", {}), x), (("Tanh", {}), x),
        (("Softmax", {}), x), (("StickBreaking", {}), x), (("LowerCholesky", {}), matrix), (("PositiveDefinite", {}), matrix), (("CorrCholesky", {}), x),
        (affine, x), (("Affine", {"loc": 0.5, "scale": -3.0, "event_dim": 1}), x), (("Inverse", {"of": affine}), x),
        (("Compose", {"parts": [affine, ("Sigmoid", {}), ("StickBreaking", {})]}), x), (("Compose", {"parts": []}), x),
        (("Independent", {"of": ("Exp", {}), "dims": 1}), x), (("Reshape", {"in_shape": [3], "out_shape": [3, 1]}), x),
        (("Cat", {"parts": [("Exp", {}), affine], "dim": 0, "lengths": [1, 1]}), x),
        (("Cat", {"parts": [("Exp", {}), ("Tanh", {})], "dim": 1, "lengths": [1, 2]}), x),
        (("Stack", {"parts": [("Exp", {}), ("Tanh", {})], "dim": 0}), x), (("CumulativeDistribution", {"of": ("Normal", {"loc": 0.2, "scale": 1.7})}), x),
        (("Abs", {}), x),
    ]  # fmt: skip


def transformed(spec: Spec, x: torch.Tensor) -> JSON:
    t = transform(spec)
    y = t(x)
    form = {
        "of": described(spec),
        "repr": repr(t),
        "x": written(x),
        "y": written_result(y),
        "back": written_result(t.inv(y)),
        "jacobian": result(lambda: t.log_abs_det_jacobian(x, y)),
        "forward_shape": list(t.forward_shape(x.shape)),
        "inverse_shape": list(t.inverse_shape(y.shape)),
        "domain": repr(t.domain),
        "codomain": repr(t.codomain),
        "bijective": t.bijective,
    }
    return {key: value for key, value in form.items() if value is not None}


def links() -> Iterator[JSON]:
    """Yields constraints, whether values satisfy them, and the transforms to them."""
    c = constraints
    x, matrix = tensor([[0.2, -1.0, 1.0], [0.5, 0.25, 0.25]]), tensor([MATRIX, FACTOR])
    named: list[tuple[str, list[Any], torch.Tensor]] = [
        ("real", [], x), ("real_vector", [], x), ("boolean", [], x), ("one_hot", [], tensor([[0, 1, 0], [1, 1, 0]])), ("positive", [], x), ("nonnegative", [], x),
        ("unit_interval", [], x), ("simplex", [], x), ("nonnegative_integer", [], x), ("positive_integer", [], x), ("lower_triangular", [], matrix),
        ("lower_cholesky", [], matrix), ("corr_cholesky", [], torch.eye(3)), ("square", [], matrix), ("symmetric", [], matrix), ("positive_definite", [], matrix),
        ("greater_than", [0.2], x), ("greater_than_eq", [0.2], x), ("less_than", [0.25], x), ("interval", [-1.0, 0.5], x), ("half_open_interval", [-1.0, 0.5], x),
        ("integer_interval", [-1, 0], x), ("multinomial", [2], tensor([[1, 1, 0], [2, 1, 0]])),
    ]  # fmt: skip
    for name, arguments, value in named:
        constraint = getattr(c, name)(*arguments) if arguments else getattr(c, name)
        form = {
            "constraint": name,
            "arguments": [written(each) for each in arguments],
            "repr": repr(constraint),
            "value": written(value),
            "check": written_result(constraint.check(value)),
        }
        for registry, label in ((D.biject_to, "biject_to"), (D.transform_to, "transform_to")):
            try:
                form[label] = repr(registry(constraint))
            except NotImplementedError as error:
                form[label] = str(error)
        yield form


def mistakes() -> Iterator[JSON]:
    """Yields calls that fail, with PyTorch's errors."""
    calls: list[tuple[str, Spec, torch.Tensor | None]] = [
        ("scale", ("Normal", {"loc": 0, "scale": -1}), None), ("rate", ("Exponential", {"rate": tensor([1.0, 0.0])}), None), ("low", ("Uniform", {"low": 1, "high": 1}), None),
        ("probs", ("Bernoulli", {"probs": tensor([0.5, 1.5])}), None), ("simplex", ("Categorical", {"logits": tensor([0.5, float("nan")])}), None),
        ("not positive", ("Geometric", {"probs": tensor([0.5, 0.0])}), None), ("scalar", ("Dirichlet", {"concentration": tensor(1.0)}), None),
        ("covariance", ("MultivariateNormal", {"loc": torch.zeros(2), "covariance_matrix": tensor([[1.0, 2.0], [2.0, 1.0]])}), None),
        ("dims", ("Independent", {"base": ("Normal", {"loc": torch.zeros(2), "scale": 1.0}), "dims": 2}), None), ("small", ("LKJCholesky", {"dim": 1, "concentration": 1.0}), None),
        ("value nan", ("Normal", {"loc": 0, "scale": 1}), tensor([float("nan")])), ("value below", ("Gamma", {"concentration": 1.0, "rate": 1.0}), tensor(-1.0)),
        ("value half", ("Bernoulli", {"probs": 0.3}), tensor(0.5)), ("broadcast", ("Normal", {"loc": torch.zeros(3), "scale": 1.0}), torch.zeros(2)),
        ("event", ("Dirichlet", {"concentration": torch.ones(3)}), torch.ones(2)), ("above", ("Binomial", {"total_count": 4, "probs": tensor([0.5, 0.2])}), tensor([5.0, 1.0])),
        ("mode", ("MixtureSameFamily", {"mixture": ("Categorical", {"probs": torch.ones(2)}), "component": ("Normal", {"loc": torch.zeros(3), "scale": 1.0})}), None),
    ]  # fmt: skip
    for name, spec, value in calls:
        try:
            distribution(spec).log_prob(value)
        except Exception as error:
            form = {"mistake": name, "of": described(spec), "kind": type(error).__name__, "message": str(error)}
            yield form if value is None else form | {"value": written(value)}


def generate(settings: Settings) -> Iterator[tuple[str, JSON]]:
    def file(**content: Any) -> JSON:
        return {"torch": VERSION, **content}

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, cases in specs().items():
            if settings.wants(name):
                settings.restart("distributions", name)
                forms = [case((name, each), settings.seed + 7 + i) for i, each in enumerate(cases)]
                yield name, file(distribution=name, cases=forms)
        if settings.wants("kl_divergence"):
            yield "kl_divergence", file(distribution="kl_divergence", divergences=[divergence(p, q) for p, q in divergences()])
        if settings.wants("transforms"):
            yield "transforms", file(distribution="transforms", transforms=[transformed(spec, x) for spec, x in transform_specs()])
        if settings.wants("constraints"):
            yield "constraints", file(distribution="constraints", constraints=list(links()))
        if settings.wants("mistakes"):
            yield "mistakes", file(distribution="mistakes", mistakes=list(mistakes()))

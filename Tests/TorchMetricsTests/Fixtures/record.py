"""Records what PyPI's torchmetrics computes: metrics.npz, with the inputs.

Run in this folder, with torch, torchmetrics, nltk and numpy: python record.py. The tests make the same metrics, by the
same names. Recorded with torchmetrics 1.9.0 and torch 2.15.0.
"""

import warnings

import numpy
import torch
import torchmetrics
from torchmetrics.functional.text import rouge
from torchmetrics.text import BLEUScore, Perplexity, ROUGEScore

warnings.filterwarnings("ignore")
torch.manual_seed(0)
arrays = {}


def ignoring(target, index):
    target = target.clone()
    target.view(-1)[::3] = index
    return target


def pairs(preds, target):
    """Two batches: batches of random predictions and targets."""
    return [(preds(), target()) for _ in range(2)]


# Probabilities with ties.
binary = pairs(lambda: torch.randint(0, 11, (12,)) / 10, lambda: torch.randint(0, 2, (12,)))
logits = [(torch.randn(12), target) for _, target in binary]
binary_ignored = [(preds, ignoring(target, -1)) for preds, target in binary]
labels = pairs(lambda: torch.randint(0, 11, (10, 4)) / 10, lambda: torch.randint(0, 2, (10, 4)))
labels_ignored = [(preds, ignoring(target, -1)) for preds, target in labels]
labels_deep = pairs(lambda: torch.rand(4, 4, 3), lambda: torch.randint(0, 2, (4, 4, 3)))
# Class 3 is never a target.
classes = pairs(lambda: torch.randn(16, 5), lambda: torch.tensor([0, 1, 2, 4])[torch.randint(0, 4, (16,))])
classes_ignored = [(preds, ignoring(target, -100)) for preds, target in classes]
indices = [(preds.argmax(1), target) for preds, target in classes]
deep = pairs(lambda: torch.rand(4, 5, 3).softmax(1), lambda: torch.randint(0, 5, (4, 3)))
inputs = dict(
    binary=binary, logits=logits, binary_ignored=binary_ignored, labels=labels, labels_ignored=labels_ignored,
    labels_deep=labels_deep, classes=classes, classes_ignored=classes_ignored, indices=indices, deep=deep,
    one=pairs(lambda: torch.randn(10), lambda: torch.randn(10)),
    three=pairs(lambda: torch.randn(10, 3), lambda: torch.randn(10, 3)),
    constant=[(torch.ones(4), torch.ones(4)), (torch.ones(3) * 2, torch.ones(3))],
    tokens=pairs(lambda: torch.randn(2, 6, 7), lambda: torch.randint(0, 7, (2, 6))),
)
for name, batches in inputs.items():
    for k, (preds, target) in enumerate(batches):
        arrays[f"input/{name}/{k}/preds"] = preds.numpy()
        arrays[f"input/{name}/{k}/target"] = target.numpy()


def keep(name, value):
    """Keeps a tensor, or the tensors of a curve, each with a list of them or with one row for each class."""
    if isinstance(value, torch.Tensor):
        arrays[name] = value.numpy()
        return
    curves = 1
    if isinstance(value[0], list) or value[0].ndim > 1:
        curves = len(value[0])
        value = [part if isinstance(part, list) or part.ndim > 1 else [part] * curves for part in value]
    else:
        value = [[part] for part in value]
    for k in range(curves):
        for part, kind in zip(value, "xyt"):
            arrays[f"{name}/{k}/{kind}"] = part[k].numpy()


def run(name, metric, input_name):
    (first, second) = inputs[input_name]
    keep(f"{name}/forward0", metric(*first))
    metric.update(*second)
    keep(f"{name}/compute", metric.compute())


five = dict(task="multiclass", num_classes=5)
four = dict(task="multilabel", num_labels=4)
tasks = dict(
    binary=(dict(task="binary"), "binary"), logits=(dict(task="binary"), "logits"),
    threshold=(dict(task="binary", threshold=0.3), "binary"),
    binary_ignored=(dict(task="binary", ignore_index=-1), "binary_ignored"),
    classes=(five, "classes"), classes_without_2=(dict(five, ignore_index=2), "classes"),
    classes_ignored=(dict(five, ignore_index=-100), "classes_ignored"), indices=(five, "indices"), deep=(five, "deep"),
    top2=(dict(five, top_k=2), "classes"), top2_ignored=(dict(five, top_k=2, ignore_index=-100), "classes_ignored"),
    top2_deep=(dict(five, top_k=2), "deep"),
    labels=(four, "labels"), labels_ignored=(dict(four, ignore_index=-1), "labels_ignored"),
    labels_threshold=(dict(four, threshold=0.7), "labels"), labels_deep=(four, "labels_deep"),
)
scores = dict(
    StatScores={}, Accuracy={}, Precision={}, Recall={}, F1Score={}, Specificity={}, FBetaScore=dict(beta=2.0),
)
for task, (options, input_name) in tasks.items():
    for score, more in scores.items():
        for average in ["micro", "macro", "weighted", "none"]:
            # torchmetrics cannot read deep indices with several guesses.
            if task == "top2_deep":
                continue
            metric = getattr(torchmetrics, score)(average=average, **options, **more)
            run(f"{score}/{task}/{average}", metric, input_name)
    if "top" in task:
        continue
    for normalize in ["none", "true", "pred", "all"]:
        run(
            f"ConfusionMatrix/{task}/{normalize}",
            torchmetrics.ConfusionMatrix(normalize=normalize, **options), input_name,
        )
    if task in ["indices", "threshold", "labels_threshold"]:
        continue
    for thresholds, points in [("all", None), ("5", 5), ("list", [0.2, 0.5, 0.7])]:
        for curve in ["PrecisionRecallCurve", "ROC"]:
            run(f"{curve}/{task}/{thresholds}", getattr(torchmetrics, curve)(thresholds=points, **options), input_name)
        for area in ["AUROC", "AveragePrecision"]:
            averages = ["macro", "weighted", "none"] + (["micro"] if options["task"] == "multilabel" else [])
            for average in averages:
                metric = getattr(torchmetrics, area)(thresholds=points, average=average, **options)
                run(f"{area}/{task}/{thresholds}/{average}", metric, input_name)
run("AUROC/partial", torchmetrics.AUROC(task="binary", max_fpr=0.4), "binary")

run("MeanSquaredError/one", torchmetrics.MeanSquaredError(), "one")
run("MeanSquaredError/root", torchmetrics.MeanSquaredError(squared=False), "three")
run("MeanSquaredError/three", torchmetrics.MeanSquaredError(num_outputs=3), "three")
run("MeanAbsoluteError/one", torchmetrics.MeanAbsoluteError(), "one")
run("MeanAbsoluteError/three", torchmetrics.MeanAbsoluteError(num_outputs=3), "three")
run("R2Score/one", torchmetrics.R2Score(), "one")
run("R2Score/constant", torchmetrics.R2Score(), "constant")
run("R2Score/adjusted", torchmetrics.R2Score(adjusted=3), "one")
for multioutput in ["raw_values", "uniform_average", "variance_weighted"]:
    run(f"R2Score/{multioutput}", torchmetrics.R2Score(multioutput=multioutput), "three")
run("Perplexity/all", Perplexity(), "tokens")
run("Perplexity/ignored", Perplexity(ignore_index=2), "tokens")

texts = [
    "the cat is on the mat", "My name is  John and I live\nhere.", "Ein größeres Haus, 3 Räume; und ein Garten.",
    "the the the the", "short",
]
references = [
    ["there is a cat on the mat", "a cat is on the mat"], ["Is your name John?\nJohn lives here and I know it."],
    ["ein großes Haus, 3 Räume; und ein kleiner Garten.", "Ein größeres Haus mit Garten."], ["the cat is the best"],
    ["a longer text", "short"],
]
for name, metric in dict(
    plain=BLEUScore(), smooth=BLEUScore(smooth=True), two=BLEUScore(n_gram=2),
    weights=BLEUScore(n_gram=3, weights=[0.5, 0.25, 0.25]),
).items():
    keep(f"BLEUScore/{name}/forward0", metric(texts[:2], references[:2]))
    keep(f"BLEUScore/{name}/forward1", metric(texts[2:], references[2:]))
    keep(f"BLEUScore/{name}/compute", metric.compute())

# torchmetrics finds sentences with NLTK's trained model; the library takes lines.
rouge._split_sentence = lambda text: text.splitlines()
for accumulate in ["best", "avg"]:
    metric = ROUGEScore(
        accumulate=accumulate, rouge_keys=("rouge1", "rouge2", "rouge3", "rougeL", "rougeLsum"))
    for k, part in enumerate([slice(0, 2), slice(2, 5)]):
        for key, value in metric(texts[part], references[part]).items():
            keep(f"ROUGEScore/{accumulate}/forward{k}/{key}", value)
    for key, value in metric.compute().items():
        keep(f"ROUGEScore/{accumulate}/compute/{key}", value)

mean = torchmetrics.MeanMetric()
keep("MeanMetric/forward0", mean(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 0.5, 2.0])))
keep("MeanMetric/forward1", mean(torch.tensor([3.0, float("nan")]), 2))
keep("MeanMetric/forward2", mean(5))
keep("MeanMetric/compute", mean.compute())

# One array for all of them: each would be a file in the archive. The index has a line for each: name, dtype, shape.
index = "\n".join(f"{name} {x.dtype} {','.join(map(str, x.shape))}" for name, x in arrays.items())
numpy.savez_compressed(
    "metrics.npz", index=numpy.frombuffer(index.encode(), dtype=numpy.uint8),
    values=numpy.concatenate([x.reshape(-1).astype(numpy.float64) for x in arrays.values()]),
)

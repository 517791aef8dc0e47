#!/usr/bin/env python3
"""Writes the function forms of methods and the namespace `F`, from the public declarations in Sources/Torch:
Sources/Torch/Ops/Functions.swift, with `exp(x)` for `x.exp()`, and Sources/Torch/Ops/F.swift, with `F.relu(x)`.

With --check, writes nothing and fails if a file is not current.
"""

import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sources = root / "Sources/Torch"

# Methods of Tensor that PyTorch has as functions of `torch`.
functions = """
abs acos acosh add addbmm addcdiv addcmul addmm addmv addr adjoint all allclose amax amin aminmax angle any argmax
argmin argsort argwhere asStrided asin asinh atan atan2 atanh baddbmm bernoulli bincount binomial bitwiseAnd
bitwiseLeftShift bitwiseNot bitwiseOr bitwiseRightShift bitwiseXor bmm broadcastTo ceil chunk clamp clampMax clampMin
clone conj conjPhysical copysign corrcoef cos cosh countNonzero cov cross cummax cummin cumprod cumsum
cumulativeTrapezoid deg2rad detach diag diagEmbed diagflat diagonal diff digamma dist div dot dsplit eq equal erf erfc
erfinv exp exp2 expm1 fix flatten flip fliplr flipud floatPower floor floorDivide fmax fmin fmod frac frexp gather gcd
ge gradient gt heaviside histc histogram histogramdd hsplit hypot i0 igamma igammac indexAdd indexCopy indexFill
indexReduce indexSelect inner isComplex isConj isFloatingPoint isNeg isclose isfinite isinf isnan isneginf isposinf
isreal istft kron kthvalue lcm ldexp le lerp lgamma log log10 log1p log2 logSoftmax logaddexp logaddexp2 logcumsumexp
logicalAnd logicalNot logicalOr logicalXor logit logsumexp lt maskedFill maskedScatter maskedSelect matmul matrixExp
matrixPower max maximum mean median min minimum mm mode moveaxis movedim msort mul multinomial mv mvlgamma nanToNum
nanmean nanmedian nanquantile nansum narrow ne neg nextafter nonzero nonzeroStatic norm numel outer permute pinverse
poisson polygamma positive pow prod put quantile rad2deg ravel reciprocal relu remainder renorm repeatInterleave
reshape resolveConj resolveNeg roll rot90 round rsqrt rsub scatter scatterAdd scatterReduce select sgn sigmoid sign
signbit sin sinc sinh softmax sort split sqrt square squeeze std stdMean stft sub sum svd swapaxes swapdims t take
takeAlongDim tan tanh tensorSplit tile topk trace transpose trapezoid trapz tril triu trunc unbind unflatten unique
uniqueConsecutive unsqueeze var varMean vdot viewAsComplex viewAsReal vsplit xlogy
choleskyInverse choleskySolve det geqrf inverse logdet lu luSolve orgqr ormqr slogdet triangularSolve
""".split()

# Methods of Tensor, and functions, that PyTorch has in `torch.nn.functional`.
functional = """
relu relu6 threshold sigmoid tanh gelu silu mish softplus logsigmoid leakyRelu rrelu elu selu celu hardtanh hardsigmoid
hardswish hardshrink softshrink softsign tanhshrink prelu glu softmax logSoftmax softmin normalize pad pixelShuffle
pixelUnshuffle channelShuffle unfold oneHot linear
dropout dropout1d dropout2d dropout3d alphaDropout featureAlphaDropout embedding embeddingBag nllLoss crossEntropy
mseLoss l1Loss smoothL1Loss huberLoss binaryCrossEntropy binaryCrossEntropyWithLogits klDiv hingeEmbeddingLoss
cosineEmbeddingLoss marginRankingLoss tripletMarginLoss tripletMarginWithDistanceLoss softMarginLoss
multilabelSoftMarginLoss multiMarginLoss multilabelMarginLoss poissonNllLoss gaussianNllLoss ctcLoss
linearCrossEntropy layerNorm rmsNorm groupNorm
batchNorm instanceNorm localResponseNorm scaledDotProductAttention cosineSimilarity pairwiseDistance bilinear pdist
maxPool1d maxPool1dWithIndices maxPool2d maxPool2dWithIndices maxPool3d maxPool3dWithIndices avgPool1d avgPool2d
avgPool3d lpPool1d lpPool2d lpPool3d adaptiveAvgPool1d adaptiveAvgPool2d adaptiveAvgPool3d adaptiveMaxPool1d
adaptiveMaxPool1dWithIndices adaptiveMaxPool2d adaptiveMaxPool2dWithIndices adaptiveMaxPool3d
adaptiveMaxPool3dWithIndices fractionalMaxPool2d fractionalMaxPool2dWithIndices fractionalMaxPool3d
fractionalMaxPool3dWithIndices maxUnpool1d maxUnpool2d maxUnpool3d interpolate gridSample affineGrid fold
conv1d conv2d conv3d convTranspose1d convTranspose2d convTranspose3d multiHeadAttentionForward
""".split()

# `Tensor.unfold` makes windows along a dimension; `torch.nn.functional.unfold` is another operator.
only_labels = {"unfold": "kernelSize"}

# Functions of `torch.nn.functional` that take `inplace`.
inplace = """
relu relu6 threshold silu mish leakyRelu rrelu elu selu celu hardtanh hardsigmoid hardswish
""".split()

# Types within Tensor.
nested = ["RoundingMode"]

snakes = {"smoothL1Loss": "smooth_l1_loss", "l1Loss": "l1_loss"}

header = "// Written by Scripts/functions.py: do not edit.\n"


class Function:
    """A public function: its owner (None if global), name, parameters and result."""

    def __init__(self, owner, name, parameters, result):
        self.owner, self.name, self.parameters, self.result = owner, name, parameters, result

    @property
    def plain(self):
        return self.name.strip("`")

    @property
    def labels(self):
        return tuple(label for label, *_ in self.parameters)

    @property
    def title(self):
        return f"{self.plain}({''.join(label + ':' for label in self.labels)})"

    @property
    def arguments(self):
        return ", ".join(name if label == "_" else f"{label}: {name}" for label, name, _ in self.parameters)


def snake(name):
    return snakes.get(name, re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


def parts(text):
    """Splits a parameter list at its commas."""
    result, depth, current = [], 0, ""
    for i, character in enumerate(text):
        depth += (character in "([{<") - (character in ")]}" or character == ">" and text[i - 1] != "-")
        if character == "," and depth == 0:
            result.append(current.strip())
            current = ""
        else:
            current += character
    return result + [current.strip()] if current.strip() else result


def declarations(path):
    """Yields the public functions of one file that return something: those of Tensor and the global ones. Those with
    variadic parameters are left out, since no call can forward the arguments, and those with generic clauses."""
    text = path.read_text()
    owner = None
    scope = r"(?:public )?(?:extension|struct|class|enum|protocol) (\w+)|(\})"
    pattern = rf"^(?:{scope}|( {{4}})?public func (`?\w+`?)(<[^>(]*>)?\()"
    for found in re.finditer(pattern, text, re.MULTILINE):
        if found[1] or found[2]:
            owner = found[1]
        if not found[4] or (found[3] and owner != "Tensor") or found[5]:
            continue
        depth, end = 1, found.end()
        while depth:
            depth += (text[end] in "([{") - (text[end] in ")]}")
            end += 1
        listed = parts(re.sub(r"\s+", " ", text[found.end() : end - 1]))
        after = re.match(r" -> ((?:[^{(]|\([^)]*\))+?) \{", re.sub(r"\s+", " ", text[end : end + 300]))
        if not after or any("..." in part for part in listed):
            continue
        parameters = []
        for part in listed:
            names, rest = part.split(":", 1)
            names = names.split()
            rest = re.sub(rf"\b(?:{'|'.join(nested)})\b", r"Tensor.\g<0>", rest.strip()) if found[3] else rest.strip()
            parameters.append((names[0], names[-1], rest))
        result = after[1].replace("( ", "(").replace(" )", ")")
        yield Function("Tensor" if found[3] else None, found[4], parameters, result)


def wrapped(prefix, opening, listed, closing, body):
    """Formats a declaration as swift-format does."""
    line = f"{prefix}{opening}{', '.join(listed)}{closing}"
    if len(f"{line} {{ {body} }}") <= 120:
        return [f"{line} {{ {body} }}"]
    if len(f"{line} {{") <= 120:
        lines = [f"{line} {{"]
    else:
        lines, current = [prefix + opening], ""
        for i, part in enumerate(listed):
            part += "," if i + 1 < len(listed) else ""
            if current and len(f"{prefix}    {current} {part}") > 120:
                lines.append(f"{prefix}    {current}")
                current = part
            else:
                current = f"{current} {part}".strip()
        lines += [f"{prefix}    {current}", f"{prefix}{closing} {{"]
    if " ? " in body and len(lines) > 1 or len(f"{prefix}    {body}") > 120 and " ? " in body:
        condition, yes, no = re.split(r" \? | : (?=input)", body)
        lines += [f"{prefix}    if {condition} {{ return {yes} }}", f"{prefix}    return {no}"]
    elif len(f"{prefix}    {body}") > 120:
        call, arguments = body.split("(", 1)
        rows, current = [], ""
        for part in parts(arguments[:-1]):
            if current and len(f"{prefix}        {current}, {part},") > 120:
                rows.append(current + ",")
                current = part
            else:
                current = f"{current}, {part}" if current else part
        lines += [f"{prefix}    {call}("] + [f"{prefix}        {row}" for row in rows + [current + ")"]]
    else:
        lines.append(f"{prefix}    {body}")
    return lines + [prefix + "}"]


def written(function, place, prefix):
    """Returns the text of the function that forwards to `function`, in a scope that begins lines with `prefix`."""
    listed = [
        (label if label == name else f"{label} {name}") + f": {rest}" for label, name, rest in function.parameters
    ]
    body = f"{'input' if function.owner else 'Torch'}.{function.plain}({function.arguments})"
    if function.owner:
        listed.insert(0, "_ input: Tensor")
    if function.plain in inplace and prefix:
        listed.append("inplace: Bool = false")
        body = f"inplace ? input.{function.plain}_({function.arguments}) : {body}"
    title = f"`Tensor.{function.title}`" if function.owner else f"`{function.title}`"
    comment = f"{prefix}/// {'Function form of' if function.owner else 'Same as'} {title}."
    pytorch = f"PyTorch: `{place}.{snake(function.plain)}`."
    if len(comment) > 120:
        comment = f"{prefix}/// Same as `{function.plain}`."
    comment += (" " if len(f"{comment} {pytorch}") <= 120 else f"\n{prefix}/// ") + pytorch
    opening = f"public {'static ' if prefix else ''}func {function.name}("
    return "\n".join([comment, *wrapped(prefix, opening, listed, f") -> {function.result}", body)])


def pages():
    """Returns the text of each file that is written, by its path."""
    paths = [*sources.glob("Ops/**/*.swift"), *sources.glob("Tensor/*.swift"), *sources.glob("Autograd/*.swift")]
    targets = sources / "Ops/Functions.swift", sources / "Ops/F.swift"
    found = [function for path in sorted(paths) if path not in targets for function in declarations(path)]
    globals_ = {(function.name, function.labels) for function in found if not function.owner}
    first, second = [], []
    for name in sorted(functions):
        methods = [method for method in found if method.owner and method.plain == name]
        if not methods:
            sys.exit(f"functions.py: Tensor has no method {name}")
        for method in methods:
            if (method.name, ("_", *method.labels)) not in globals_:
                first.append(written(method, "torch", ""))
    for name in sorted(functional):
        forms = [form for form in found if form.plain == name and only_labels.get(name, "") in (*form.labels[:1], "")]
        if not forms:
            sys.exit(f"functions.py: there is no function {name}")
        second += [written(form, "torch.nn.functional", "    ") for form in forms]
    text = "\n\n".join([header + "// `exp(x)` for `x.exp()`.", *first]) + "\n"
    opening = "/// The functions of networks. PyTorch: `torch.nn.functional`.\npublic enum F {\n"
    return {targets[0]: text, targets[1]: f"{header}\n{opening}" + "\n\n".join(second) + "\n}\n"}


def main():
    stale = []
    for path, text in pages().items():
        if not path.exists() or path.read_text() != text:
            stale.append(path.relative_to(root))
            if "--check" not in sys.argv:
                path.write_text(text)
    if stale and "--check" in sys.argv:
        sys.exit("".join(f"{path} is not current: python3 Scripts/functions.py\n" for path in stale).rstrip())


main()

import Testing
import Torch
import TorchVision

private let recorded = try? loadNpz(Fixtures.folder + "transforms.npz")

extension TransformTests {
    /// Compares transforms with what Fixtures/transforms.py recorded of torchvision, and the draws that follow.
    @Test(arguments: Array(cases.keys).sorted()) func isTorchvisions(_ name: String) throws {
        let recorded = try #require(recorded)
        let test = try #require(cases[name])
        let image = try #require(recorded[test.kind])
        for seed in test.seeds {
            let expected = try #require(recorded["\(name)|\(seed)"], "no \(name)|\(seed)")
            let next = try #require(recorded["\(name)|\(seed)|next"])
            manualSeed(seed)
            let result = try withError { test.transform(image) }
            #expect(result.shape == expected.shape, "\(name), seed \(seed)")
            #expect(result.dtype == expected.dtype, "\(name), seed \(seed)")
            #expect(Tensor.randint(0, 1 << 30, [1]).toArray(as: Int.self) == next.toArray(as: Int.self))
            guard result.shape == expected.shape else { continue }
            let difference = result.to(.float64).sub(expected.to(.float64)).abs().flatten()
            let isInteger = !expected.isFloatingPoint()
            let limit = isInteger ? 0.0 : expected.dtype == .float64 ? 1e-12 : 1e-5
            let wrong = difference.gt(limit).to(.float64).mean().item(as: Double.self)
            let most = difference.max().item(as: Double.self)
            // A sum between two integers may be rounded to either of them.
            let part = name == "rand-augment-fill" ? 0.001 : 0
            #expect(wrong <= part, "\(name), seed \(seed): \(wrong) of the elements differ, by up to \(most)")
        }
    }
}

private func one(_ kind: String, _ transform: any Transform) -> Case { one(kind, 0..<1, transform) }

private func one(_ kind: String, _ seeds: Range<Int>, _ transform: any Transform) -> Case {
    Case(kind: kind, seeds: Array(seeds)) { transform($0) }
}

private func function(
    _ kind: String, _ seeds: Range<Int> = 0..<1, _ transform: @escaping (Tensor) -> Tensor
) -> Case {
    Case(kind: kind, seeds: Array(seeds), transform: transform)
}

/// A transform, the image that it gets and the seeds that were recorded.
private struct Case {
    let kind: String
    let seeds: [Int]
    let transform: (Tensor) -> Tensor
}

private func mixed(_ image: Tensor, _ mix: (Tensor, Tensor) -> (Tensor, Tensor)) -> Tensor {
    let batch = stack([image, image.flip([-1]), image.flip([-2])], dim: 0).to(.float32)
    let (images, labels) = mix(batch, Tensor([0, 2, 1]))
    return cat([images.flatten(), labels.flatten()], dim: 0)
}

nonisolated(unsafe) private let cases: [String: Case] = {
    var cases: [String: Case] = [:]
    for mode in [ImageInterpolation.nearest, .nearestExact, .bilinear, .bicubic] {
        for kind in ["rgb", "real", "wide"] {
            cases["resize-\(mode.rawValue)-\(kind)-small"] = one(kind, Resize([13, 11], interpolation: mode))
            cases["resize-\(mode.rawValue)-\(kind)-large"] = one(kind, Resize([40, 50], interpolation: mode))
        }
        cases["resize-\(mode.rawValue)-plain"] = one("real", Resize([13, 45], interpolation: mode, antialias: false))
    }
    cases["resize-short"] = one("rgb", Resize(12))
    cases["resize-most"] = one("rgb", Resize(20, maxSize: 24))
    cases["center-crop"] = one("rgb", CenterCrop([11, 16]))
    cases["center-crop-large"] = one("rgb", CenterCrop([27, 12]))
    cases["center-crop-larger"] = one("rgb", CenterCrop(40))
    for mode in [ImagePadding.constant, .edge, .reflect, .symmetric] {
        cases["pad-\(mode.rawValue)"] = one("rgb", Pad([3, 1, 2, 4], fill: 9, paddingMode: mode))
    }
    cases["pad-two"] = one("real", Pad([2, 3]))
    cases["random-crop"] = one("rgb", 0..<3, RandomCrop([10, 12]))
    cases["random-crop-padding"] = one("rgb", 0..<3, RandomCrop(20, padding: [5, 3], fill: 7))
    cases["random-crop-needed"] = one("rgb", 0..<3, RandomCrop([30, 35], padIfNeeded: true, paddingMode: .reflect))
    cases["resized-crop"] = one("real", 0..<3, RandomResizedCrop(9))
    cases["resized-crop-bytes"] = one(
        "rgb", 0..<3, RandomResizedCrop([7, 15], scale: (0.3, 0.9), interpolation: .bicubic))
    cases["resized-crop-none"] = one("rgb", RandomResizedCrop(9, scale: (2, 3), ratio: (2, 3)))
    cases["hflip"] = one("rgb", 0..<3, RandomHorizontalFlip())
    cases["vflip"] = one("rgb", 0..<3, RandomVerticalFlip())
    cases["five"] = one("rgb", FiveCrop(9))
    cases["ten"] = one("rgb", TenCrop([9, 5], verticalFlip: true))
    for kind in ["rgb", "real", "gray"] {
        cases["jitter-\(kind)"] = one(
            kind, 0..<4, ColorJitter(brightness: 0.4, contrast: 0.3, saturation: 0.5, hue: 0.2))
    }
    cases["jitter-hue"] = one("real", 0..<3, ColorJitter(hue: [-0.3, 0.1]))
    cases["grayscale"] = one("rgb", Grayscale())
    cases["grayscale-three"] = one("real", Grayscale(numOutputChannels: 3))
    cases["random-grayscale"] = one("rgb", 0..<3, RandomGrayscale(p: 0.5))
    cases["erasing"] = one("real", 0..<3, RandomErasing(p: 0.8))
    cases["erasing-random"] = one("real", 0..<3, RandomErasing(p: 1, value: .random))
    cases["erasing-colors"] = one("rgb", 0..<3, RandomErasing(p: 1, scale: (0.2, 0.5), value: [1, 2, 3]))
    cases["normalize"] = one("real", Normalize(mean: [0.1, 0.2, 0.3], std: [0.5, 0.6, 0.7]))
    cases["invert"] = one("rgb", 0..<3, RandomInvert())
    cases["invert-real"] = one("real", RandomInvert(p: 1))
    cases["posterize"] = one("rgb", RandomPosterize(bits: 3, p: 1))
    cases["solarize"] = one("rgb", RandomSolarize(threshold: 100, p: 1))
    cases["solarize-real"] = one("real", RandomSolarize(threshold: 0.3, p: 1))
    for kind in ["rgb", "real", "dark"] {
        cases["sharp-\(kind)"] = one(kind, RandomAdjustSharpness(sharpnessFactor: 2.5, p: 1))
        cases["autocontrast-\(kind)"] = one(kind, RandomAutocontrast(p: 1))
    }
    cases["blunt"] = one("rgb", RandomAdjustSharpness(sharpnessFactor: 0, p: 1))
    cases["equalize"] = one("rgb", RandomEqualize(p: 1))
    cases["equalize-dark"] = one("dark", RandomEqualize(p: 1))
    cases["equalize-small"] = function("rgb") { TF.equalize($0.narrow(1, 0, 3).narrow(2, 0, 4)) }
    cases["blur"] = one("real", 0..<3, GaussianBlur(5))
    cases["blur-bytes"] = one("rgb", GaussianBlur([7, 3], sigma: 1.5))
    cases["gamma"] = function("rgb") { TF.adjustGamma($0, 0.7, gain: 1.1) }
    for mode in [ImageInterpolation.nearest, .bilinear] {
        for kind in ["rgb", "real", "wide"] {
            cases["rotate-\(mode.rawValue)-\(kind)"] = one(kind, 0..<3, RandomRotation(60, interpolation: mode))
        }
        cases["rotate-\(mode.rawValue)-fill"] = one(
            "rgb", 0..<3, RandomRotation([10, 80], interpolation: mode, center: [3, 4], fill: [10, 20, 30]))
        cases["rotate-\(mode.rawValue)-expand"] = one(
            "rgb", 0..<3, RandomRotation(60, interpolation: mode, expand: true, fill: 5))
        cases["affine-\(mode.rawValue)"] = one(
            "real", 0..<3,
            RandomAffine(
                30, translate: (0.1, 0.2), scale: (0.7, 1.4), shear: [-10, 10, -5, 5], interpolation: mode))
        cases["perspective-\(mode.rawValue)"] = one(
            "rgb", 0..<3, RandomPerspective(distortionScale: 0.6, p: 0.8, interpolation: mode, fill: 3))
    }
    cases["rotate-none"] = function("real") { TF.rotate($0, 33, interpolation: .bilinear) }
    cases["rotate-right"] = function("rgb") { TF.rotate($0, 90, expand: true) }
    cases["affine-shear"] = one("rgb", 0..<3, RandomAffine(0, shear: 20))
    cases["dtype-int16"] = one("rgb", ConvertImageDtype(.int16))
    cases["dtype-uint8"] = one("real", ConvertImageDtype(.uint8))
    cases["dtype-float64"] = one("rgb", ConvertImageDtype(.float64))
    cases["to-dtype"] = one("rgb", ToDtype(.float32))
    cases["to-dtype-scale"] = one("rgb", ToDtype(.float32, scale: true))
    cases["apply"] = one("rgb", 0..<4, RandomApply([RandomCrop(9), RandomInvert()], p: 0.6))
    cases["choice"] = one("rgb", 0..<4, RandomChoice([RandomCrop(9), RandomInvert(), Grayscale()], p: [1, 2, 1]))
    cases["order"] = one("rgb", 0..<4, RandomOrder([RandomCrop(9, padding: 3), RandomInvert(), Pad(1)]))
    cases["compose"] = one(
        "rgb", 0..<3,
        Compose {
            RandomResizedCrop(12)
            RandomHorizontalFlip()
            ColorJitter(brightness: 0.2)
            ConvertImageDtype(.float32)
            RandomErasing(p: 0.5)
        })
    for policy in AutoAugmentPolicy.allCases {
        cases["auto-\(policy.rawValue)"] = one("rgb", 0..<12, AutoAugment(policy))
    }
    cases["rand-augment"] = one("rgb", 0..<16, RandAugment())
    cases["rand-augment-fill"] = one("rgb", 0..<8, RandAugment(3, 20, interpolation: .bilinear, fill: [1, 2, 3]))
    cases["trivial"] = one("rgb", 0..<16, TrivialAugmentWide())
    cases["augmix"] = one("rgb", 0..<6, AugMix())
    cases["augmix-few"] = one(
        "rgb", 0..<4,
        AugMix(
            severity: 5, mixtureWidth: 2, chainDepth: 2, alpha: 0.5, allOps: false, interpolation: .nearest, fill: [7]))
    cases["mixup"] = function("real", 0..<3) { mixed($0) { MixUp(numClasses: 3)($0, $1) } }
    cases["mixup-alpha"] = function("real", 0..<3) { mixed($0) { MixUp(alpha: 0.3, numClasses: 4)($0, $1) } }
    cases["cutmix"] = function("real", 0..<3) { mixed($0) { CutMix(numClasses: 3)($0, $1) } }
    return cases
}()

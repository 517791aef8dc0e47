/// The pretrained weights of `vitB16`. PyTorch: `torchvision.models.ViT_B_16_Weights`.
public enum ViTB16Weights: String, ModelWeights {
    /// Trained on ImageNet alone, with a recipe close to that of DeiT (Touvron et al., 2021).
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained to predict hashtags, then on ImageNet (Singh et al., 2022), by SWAG, whose license forbids
    /// commercial use.
    case imagenet1kSwagE2EV1 = "IMAGENET1K_SWAG_E2E_V1"
    /// Like `imagenet1kSwagE2EV1`, but only the last layer was trained on ImageNet.
    case imagenet1kSwagLinearV1 = "IMAGENET1K_SWAG_LINEAR_V1"
    public static let name = "ViT_B_16_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("vit_b_16-c867db91", numParams: 86_567_656, acc: (81.072, 95.318), minSize: 224)
        case .imagenet1kSwagE2EV1:
            swag("vit_b_16_swag-9ac1b537", numParams: 86_859_496, acc: (85.304, 97.65), size: 384)
        case .imagenet1kSwagLinearV1:
            swag("vit_b_16_lc_swag-4e70ced5", numParams: 86_567_656, acc: (81.886, 96.18), size: 224)
        }
    }
}

/// The pretrained weights of `vitB32`. PyTorch: `torchvision.models.ViT_B_32_Weights`.
public enum ViTB32Weights: String, ModelWeights {
    /// Trained on ImageNet alone, with a recipe close to that of DeiT (Touvron et al., 2021).
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ViT_B_32_Weights"
    public var weights: Weights {
        Weights("vit_b_32-d86f8d99", numParams: 88_224_232, acc: (75.912, 92.466), minSize: 224)
    }
}

/// The pretrained weights of `vitL16`. PyTorch: `torchvision.models.ViT_L_16_Weights`.
public enum ViTL16Weights: String, ModelWeights {
    /// Trained on ImageNet alone, with a recipe close to that of other networks' newer weights.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained to predict hashtags, then on ImageNet (Singh et al., 2022), by SWAG, whose license forbids
    /// commercial use.
    case imagenet1kSwagE2EV1 = "IMAGENET1K_SWAG_E2E_V1"
    /// Like `imagenet1kSwagE2EV1`, but only the last layer was trained on ImageNet.
    case imagenet1kSwagLinearV1 = "IMAGENET1K_SWAG_LINEAR_V1"
    public static let name = "ViT_L_16_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights(
                "vit_l_16-852ce7e3", numParams: 304_326_632, acc: (79.662, 94.638), minSize: 224,
                transforms: ImageClassification(cropSize: 224, resizeSize: 242))
        case .imagenet1kSwagE2EV1:
            swag("vit_l_16_swag-4f3808c9", numParams: 305_174_504, acc: (88.064, 98.512), size: 512)
        case .imagenet1kSwagLinearV1:
            swag("vit_l_16_lc_swag-4d563306", numParams: 304_326_632, acc: (85.146, 97.422), size: 224)
        }
    }
}

/// The pretrained weights of `vitL32`. PyTorch: `torchvision.models.ViT_L_32_Weights`.
public enum ViTL32Weights: String, ModelWeights {
    /// Trained on ImageNet alone, with a recipe close to that of DeiT (Touvron et al., 2021).
    case imagenet1kV1 = "IMAGENET1K_V1"
    public static let name = "ViT_L_32_Weights"
    public var weights: Weights {
        Weights("vit_l_32-c7638314", numParams: 306_535_400, acc: (76.972, 93.07), minSize: 224)
    }
}

/// The pretrained weights of `vitH14`. PyTorch: `torchvision.models.ViT_H_14_Weights`.
public enum ViTH14Weights: String, ModelWeights {
    /// Trained to predict hashtags, then on ImageNet (Singh et al., 2022), by SWAG, whose license forbids
    /// commercial use.
    case imagenet1kSwagE2EV1 = "IMAGENET1K_SWAG_E2E_V1"
    /// Like `imagenet1kSwagE2EV1`, but only the last layer was trained on ImageNet.
    case imagenet1kSwagLinearV1 = "IMAGENET1K_SWAG_LINEAR_V1"
    public static let name = "ViT_H_14_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kSwagE2EV1:
            swag("vit_h_14_swag-80465313", numParams: 633_470_440, acc: (88.552, 98.694), size: 518)
        case .imagenet1kSwagLinearV1:
            swag("vit_h_14_lc_swag-c1eb923e", numParams: 632_045_800, acc: (85.708, 97.73), size: 224)
        }
    }
}

/// The weights of SWAG in a file, for images of one height and width.
private func swag(_ file: String, numParams: Int, acc: (Double, Double), size: Int) -> Weights {
    Weights(
        file, numParams: numParams, acc: acc, minSize: size,
        transforms: ImageClassification(cropSize: size, resizeSize: size, interpolation: .bicubic))
}

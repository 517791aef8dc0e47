/// The pretrained weights of `regnetY400MF`. PyTorch: `torchvision.models.RegNet_Y_400MF_Weights`.
public enum RegNetY400MFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_Y_400MF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_400mf-c65dace8", numParams: 4_344_144, acc: (74.046, 91.716))
        case .imagenet1kV2:
            Weights(
                "regnet_y_400mf-e6988f5f", numParams: 4_344_144, acc: (75.804, 92.742),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetY800MF`. PyTorch: `torchvision.models.RegNet_Y_800MF_Weights`.
public enum RegNetY800MFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_Y_800MF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_800mf-1b27b58c", numParams: 6_432_512, acc: (76.42, 93.136))
        case .imagenet1kV2:
            Weights(
                "regnet_y_800mf-58fc7688", numParams: 6_432_512, acc: (78.828, 94.502),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetY1_6GF`. PyTorch: `torchvision.models.RegNet_Y_1_6GF_Weights`.
public enum RegNetY1_6GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_Y_1_6GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_1_6gf-b11a554e", numParams: 11_202_430, acc: (77.95, 93.966))
        case .imagenet1kV2:
            Weights(
                "regnet_y_1_6gf-0d7bc02a", numParams: 11_202_430, acc: (80.876, 95.444),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetY3_2GF`. PyTorch: `torchvision.models.RegNet_Y_3_2GF_Weights`.
public enum RegNetY3_2GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_Y_3_2GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_3_2gf-b5a9779c", numParams: 19_436_338, acc: (78.948, 94.576))
        case .imagenet1kV2:
            Weights(
                "regnet_y_3_2gf-9180c971", numParams: 19_436_338, acc: (81.982, 95.972),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetY8GF`. PyTorch: `torchvision.models.RegNet_Y_8GF_Weights`.
public enum RegNetY8GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_Y_8GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_8gf-d0d0e4a8", numParams: 39_381_472, acc: (80.032, 95.048))
        case .imagenet1kV2:
            Weights(
                "regnet_y_8gf-dc2b1b54", numParams: 39_381_472, acc: (82.828, 96.33),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetY16GF`. PyTorch: `torchvision.models.RegNet_Y_16GF_Weights`.
public enum RegNetY16GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    /// Trained to predict hashtags, then on ImageNet (Singh et al., 2022), by SWAG, whose license forbids
    /// commercial use.
    case imagenet1kSwagE2EV1 = "IMAGENET1K_SWAG_E2E_V1"
    /// Like `imagenet1kSwagE2EV1`, but only the last layer was trained on ImageNet.
    case imagenet1kSwagLinearV1 = "IMAGENET1K_SWAG_LINEAR_V1"
    public static let name = "RegNet_Y_16GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_16gf-9e6ed7dd", numParams: 83_590_140, acc: (80.424, 95.24))
        case .imagenet1kV2:
            Weights(
                "regnet_y_16gf-3e4a00f9", numParams: 83_590_140, acc: (82.886, 96.328),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        case .imagenet1kSwagE2EV1:
            Weights(
                "regnet_y_16gf_swag-43afe44d", numParams: 83_590_140, acc: (86.012, 98.054),
                transforms: ImageClassification(cropSize: 384, resizeSize: 384, interpolation: .bicubic))
        case .imagenet1kSwagLinearV1:
            Weights(
                "regnet_y_16gf_lc_swag-f3ec0043", numParams: 83_590_140, acc: (83.976, 97.244),
                transforms: ImageClassification(cropSize: 224, resizeSize: 224, interpolation: .bicubic))
        }
    }
}

/// The pretrained weights of `regnetY32GF`. PyTorch: `torchvision.models.RegNet_Y_32GF_Weights`.
public enum RegNetY32GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    /// Trained to predict hashtags, then on ImageNet (Singh et al., 2022), by SWAG, whose license forbids
    /// commercial use.
    case imagenet1kSwagE2EV1 = "IMAGENET1K_SWAG_E2E_V1"
    /// Like `imagenet1kSwagE2EV1`, but only the last layer was trained on ImageNet.
    case imagenet1kSwagLinearV1 = "IMAGENET1K_SWAG_LINEAR_V1"
    public static let name = "RegNet_Y_32GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_y_32gf-4dee3f7a", numParams: 145_046_770, acc: (80.878, 95.34))
        case .imagenet1kV2:
            Weights(
                "regnet_y_32gf-8db6d4b5", numParams: 145_046_770, acc: (83.368, 96.498),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        case .imagenet1kSwagE2EV1:
            Weights(
                "regnet_y_32gf_swag-04fdfa75", numParams: 145_046_770, acc: (86.838, 98.362),
                transforms: ImageClassification(cropSize: 384, resizeSize: 384, interpolation: .bicubic))
        case .imagenet1kSwagLinearV1:
            Weights(
                "regnet_y_32gf_lc_swag-e1583746", numParams: 145_046_770, acc: (84.622, 97.48),
                transforms: ImageClassification(cropSize: 224, resizeSize: 224, interpolation: .bicubic))
        }
    }
}

/// The pretrained weights of `regnetY128GF`. PyTorch: `torchvision.models.RegNet_Y_128GF_Weights`.
public enum RegNetY128GFWeights: String, ModelWeights {
    /// Trained to predict hashtags, then on ImageNet (Singh et al., 2022), by SWAG, whose license forbids
    /// commercial use.
    case imagenet1kSwagE2EV1 = "IMAGENET1K_SWAG_E2E_V1"
    /// Like `imagenet1kSwagE2EV1`, but only the last layer was trained on ImageNet.
    case imagenet1kSwagLinearV1 = "IMAGENET1K_SWAG_LINEAR_V1"
    public static let name = "RegNet_Y_128GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kSwagE2EV1:
            Weights(
                "regnet_y_128gf_swag-c8ce3e52", numParams: 644_812_894, acc: (88.228, 98.682),
                transforms: ImageClassification(cropSize: 384, resizeSize: 384, interpolation: .bicubic))
        case .imagenet1kSwagLinearV1:
            Weights(
                "regnet_y_128gf_lc_swag-cbe8ce12", numParams: 644_812_894, acc: (86.068, 97.844),
                transforms: ImageClassification(cropSize: 224, resizeSize: 224, interpolation: .bicubic))
        }
    }
}

/// The pretrained weights of `regnetX400MF`. PyTorch: `torchvision.models.RegNet_X_400MF_Weights`.
public enum RegNetX400MFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_400MF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_400mf-adf1edd5", numParams: 5_495_976, acc: (72.834, 90.95))
        case .imagenet1kV2:
            Weights(
                "regnet_x_400mf-62229a5f", numParams: 5_495_976, acc: (74.864, 92.322),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetX800MF`. PyTorch: `torchvision.models.RegNet_X_800MF_Weights`.
public enum RegNetX800MFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_800MF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_800mf-ad17e45c", numParams: 7_259_656, acc: (75.212, 92.348))
        case .imagenet1kV2:
            Weights(
                "regnet_x_800mf-94a99ebd", numParams: 7_259_656, acc: (77.522, 93.826),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetX1_6GF`. PyTorch: `torchvision.models.RegNet_X_1_6GF_Weights`.
public enum RegNetX1_6GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_1_6GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_1_6gf-e3633e7f", numParams: 9_190_136, acc: (77.04, 93.44))
        case .imagenet1kV2:
            Weights(
                "regnet_x_1_6gf-a12f2b72", numParams: 9_190_136, acc: (79.668, 94.922),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetX3_2GF`. PyTorch: `torchvision.models.RegNet_X_3_2GF_Weights`.
public enum RegNetX3_2GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_3_2GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_3_2gf-f342aeae", numParams: 15_296_552, acc: (78.364, 93.992))
        case .imagenet1kV2:
            Weights(
                "regnet_x_3_2gf-7071aa85", numParams: 15_296_552, acc: (81.196, 95.43),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetX8GF`. PyTorch: `torchvision.models.RegNet_X_8GF_Weights`.
public enum RegNetX8GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_8GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_8gf-03ceed89", numParams: 39_572_648, acc: (79.344, 94.686))
        case .imagenet1kV2:
            Weights(
                "regnet_x_8gf-2b70d774", numParams: 39_572_648, acc: (81.682, 95.678),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetX16GF`. PyTorch: `torchvision.models.RegNet_X_16GF_Weights`.
public enum RegNetX16GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_16GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_16gf-2007eb11", numParams: 54_278_536, acc: (80.058, 94.944))
        case .imagenet1kV2:
            Weights(
                "regnet_x_16gf-ba3796d7", numParams: 54_278_536, acc: (82.716, 96.196),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

/// The pretrained weights of `regnetX32GF`. PyTorch: `torchvision.models.RegNet_X_32GF_Weights`.
public enum RegNetX32GFWeights: String, ModelWeights {
    /// Trained with the recipe of the paper, or close to it.
    case imagenet1kV1 = "IMAGENET1K_V1"
    /// Trained with a newer recipe.
    case imagenet1kV2 = "IMAGENET1K_V2"
    public static let name = "RegNet_X_32GF_Weights"
    public var weights: Weights {
        switch self {
        case .imagenet1kV1:
            Weights("regnet_x_32gf-9d47f8d0", numParams: 107_811_560, acc: (80.622, 95.248))
        case .imagenet1kV2:
            Weights(
                "regnet_x_32gf-6eb8fdc6", numParams: 107_811_560, acc: (83.014, 96.288),
                transforms: ImageClassification(cropSize: 224, resizeSize: 232))
        }
    }
}

import Torch

extension Table {
    mutating func addAttention() {
        op(
            "nn.functional.scaled_dot_product_attention",
            "query key value attn_mask dropout_p is_causal scale enable_gqa"
        ) {
            try scaledDotProductAttention(
                $0.tensor("query"), $0.tensor("key"), $0.tensor("value"), attnMask: $0.tensorOrNil("attn_mask"),
                dropoutP: $0.double("dropout_p", 0),
                isCausal: $0.bool("is_causal", false), scale: $0.scalarOrNil("scale")?.doubleValue,
                enableGQA: $0.bool("enable_gqa", false))
        }
        op(
            "nn.functional.multi_head_attention_forward",
            "query key value embed_dim_to_check num_heads in_proj_weight in_proj_bias bias_k bias_v add_zero_attn dropout_p out_proj_weight out_proj_bias training key_padding_mask need_weights attn_mask use_separate_proj_weight q_proj_weight k_proj_weight v_proj_weight static_k static_v average_attn_weights is_causal"
        ) { c in
            let result = try multiHeadAttentionForward(
                c.tensor("query"), c.tensor("key"), c.tensor("value"), embedDimToCheck: c.int("embed_dim_to_check"),
                numHeads: c.int("num_heads"), inProjWeight: c.tensorOrNil("in_proj_weight"),
                inProjBias: c.tensorOrNil("in_proj_bias"), biasK: c.tensorOrNil("bias_k"),
                biasV: c.tensorOrNil("bias_v"), addZeroAttn: c.bool("add_zero_attn", false),
                dropoutP: c.double("dropout_p"), outProjWeight: c.tensor("out_proj_weight"),
                outProjBias: c.tensorOrNil("out_proj_bias"), training: c.bool("training", true),
                keyPaddingMask: c.tensorOrNil("key_padding_mask"), needWeights: c.bool("need_weights", true),
                attnMask: c.tensorOrNil("attn_mask"), useSeparateProjWeight: c.bool("use_separate_proj_weight", false),
                qProjWeight: c.tensorOrNil("q_proj_weight"), kProjWeight: c.tensorOrNil("k_proj_weight"),
                vProjWeight: c.tensorOrNil("v_proj_weight"), staticK: c.tensorOrNil("static_k"),
                staticV: c.tensorOrNil("static_v"), averageAttnWeights: c.bool("average_attn_weights", true),
                isCausal: c.bool("is_causal", false))
            return [result.output] + [result.weights].compactMap { $0 }
        }
    }
}

extension ModuleTable {
    mutating func addAttention() {
        module(
            "MultiheadAttention",
            "embed_dim num_heads dropout bias add_bias_kv add_zero_attn kdim vdim batch_first",
            inputs: "query key value key_padding_mask need_weights attn_mask average_attn_weights is_causal"
        ) {
            try MultiheadAttention(
                $0.int("embed_dim"), $0.int("num_heads"), dropout: $0.double("dropout", 0),
                bias: $0.bool("bias", true), addBiasKV: $0.bool("add_bias_kv", false),
                addZeroAttn: $0.bool("add_zero_attn", false), kdim: $0.intOrNil("kdim"), vdim: $0.intOrNil("vdim"),
                batchFirst: $0.bool("batch_first", false))
        } forward: {
            let result = try $0(
                $1.tensor("query"), $1.tensor("key"), $1.tensor("value"),
                keyPaddingMask: $1.tensorOrNil("key_padding_mask"), needWeights: $1.bool("need_weights", true),
                attnMask: $1.tensorOrNil("attn_mask"), averageAttnWeights: $1.bool("average_attn_weights", true),
                isCausal: $1.bool("is_causal", false))
            return [result.output] + [result.weights].compactMap { $0 }
        }
        let options = "d_model nhead dim_feedforward dropout activation layer_norm_eps batch_first norm_first bias"
        module(
            "TransformerEncoderLayer", options, inputs: "src src_mask src_key_padding_mask is_causal"
        ) {
            try TransformerEncoderLayer(
                $0.int("d_model"), $0.int("nhead"), dimFeedforward: $0.int("dim_feedforward", 2048),
                dropout: $0.double("dropout", 0.1), activation: $0.activation,
                layerNormEps: $0.double("layer_norm_eps", 1e-5), batchFirst: $0.bool("batch_first", false),
                normFirst: $0.bool("norm_first", false), bias: $0.bool("bias", true))
        } forward: {
            try $0(
                $1.tensor("src"), srcMask: $1.tensorOrNil("src_mask"),
                srcKeyPaddingMask: $1.tensorOrNil("src_key_padding_mask"), isCausal: $1.bool("is_causal", false))
        }
        module(
            "TransformerDecoderLayer", options,
            inputs:
                "tgt memory tgt_mask memory_mask tgt_key_padding_mask memory_key_padding_mask tgt_is_causal memory_is_causal"
        ) {
            try TransformerDecoderLayer(
                $0.int("d_model"), $0.int("nhead"), dimFeedforward: $0.int("dim_feedforward", 2048),
                dropout: $0.double("dropout", 0.1), activation: $0.activation,
                layerNormEps: $0.double("layer_norm_eps", 1e-5), batchFirst: $0.bool("batch_first", false),
                normFirst: $0.bool("norm_first", false), bias: $0.bool("bias", true))
        } forward: {
            try $0(
                $1.tensor("tgt"), $1.tensor("memory"), tgtMask: $1.tensorOrNil("tgt_mask"),
                memoryMask: $1.tensorOrNil("memory_mask"), tgtKeyPaddingMask: $1.tensorOrNil("tgt_key_padding_mask"),
                memoryKeyPaddingMask: $1.tensorOrNil("memory_key_padding_mask"),
                tgtIsCausal: $1.bool("tgt_is_causal", false), memoryIsCausal: $1.bool("memory_is_causal", false))
        }
        module(
            "Transformer",
            "d_model nhead num_encoder_layers num_decoder_layers dim_feedforward dropout activation custom_encoder custom_decoder layer_norm_eps batch_first norm_first bias",
            inputs:
                "src tgt src_mask tgt_mask memory_mask src_key_padding_mask tgt_key_padding_mask memory_key_padding_mask"
        ) {
            try Transformer(
                $0.int("d_model", 512), $0.int("nhead", 8), numEncoderLayers: $0.int("num_encoder_layers", 6),
                numDecoderLayers: $0.int("num_decoder_layers", 6), dimFeedforward: $0.int("dim_feedforward", 2048),
                dropout: $0.double("dropout", 0.1), activation: $0.activation,
                layerNormEps: $0.double("layer_norm_eps", 1e-5), batchFirst: $0.bool("batch_first", false),
                normFirst: $0.bool("norm_first", false), bias: $0.bool("bias", true))
        } forward: {
            try $0(
                $1.tensor("src"), $1.tensor("tgt"), srcMask: $1.tensorOrNil("src_mask"),
                tgtMask: $1.tensorOrNil("tgt_mask"), memoryMask: $1.tensorOrNil("memory_mask"),
                srcKeyPaddingMask: $1.tensorOrNil("src_key_padding_mask"),
                tgtKeyPaddingMask: $1.tensorOrNil("tgt_key_padding_mask"),
                memoryKeyPaddingMask: $1.tensorOrNil("memory_key_padding_mask"))
        }
    }
}

extension Call {
    fileprivate var activation: TransformerActivation {
        get throws {
            switch try string("activation", "relu") {
            case "relu": .relu
            case "gelu": .gelu
            default: throw Unsupported("activation")
            }
        }
    }
}

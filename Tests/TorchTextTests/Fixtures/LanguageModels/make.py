"""Writes the models of this folder with the library transformers, and what they compute.

make.py    writes gpt2, bert, llama, mistral, qwen2 (small random weights) and expected.json, processed.json
"""

import json
import pathlib
import shutil

import torch
import transformers as t
from transformers.generation import logits_process as p

HERE = pathlib.Path(__file__).resolve().parent
SMALL = dict(
    vocab_size=61, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=32, pad_token_id=0, bos_token_id=1, eos_token_id=2,
)
LLAMA = dict(SMALL, num_key_value_heads=2, rms_norm_eps=1e-5, initializer_range=0.4)
ROPE = dict(
    rope_type="llama3", rope_theta=1000.0, factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
    original_max_position_embeddings=16,
)
MODELS = {
    "gpt2": (
        t.GPT2LMHeadModel,
        t.GPT2Config(
            vocab_size=61, n_positions=32, n_embd=16, n_layer=2, n_head=4, initializer_range=0.4, bos_token_id=1,
            eos_token_id=2,
        ),
    ),
    "llama": (t.LlamaForCausalLM, t.LlamaConfig(**LLAMA, rope_parameters=ROPE)),
    "mistral": (t.MistralForCausalLM, t.MistralConfig(**LLAMA, sliding_window=4, head_dim=8)),
    "qwen2": (t.Qwen2ForCausalLM, t.Qwen2Config(**LLAMA, tie_word_embeddings=True)),
    "bert": (t.BertForMaskedLM, t.BertConfig(**SMALL, initializer_range=0.4)),
}


def models():
    expected = {}
    for seed, (name, (kind, config)) in enumerate(MODELS.items()):
        torch.manual_seed(seed)
        model = kind(config).eval()
        for parameter in model.parameters():
            if parameter.dim() == 1:
                torch.nn.init.normal_(parameter, 1, 0.2)
        shutil.rmtree(HERE / name, ignore_errors=True)
        # Llama's weights are in several files.
        model.save_pretrained(HERE / name, max_shard_size="8KB" if name == "llama" else "1GB")
        (HERE / name / "generation_config.json").unlink(missing_ok=True)
        ids = torch.randint(3, 61, (2, 9))
        mask = torch.ones(2, 9, dtype=torch.int64)
        mask[1, 6:] = 0
        with torch.no_grad():
            entry = {
                "ids": ids.tolist(),
                "mask": mask.tolist(),
                "logits": model(ids).logits.flatten().tolist(),
                "masked": model(ids, attention_mask=mask).logits[1, :6].flatten().tolist(),
            }
            if name == "bert":
                types = torch.tensor([[0] * 4 + [1] * 5] * 2)
                entry["typed"] = model(ids, token_type_ids=types).logits.flatten().tolist()
            else:
                entry["greedy"] = model.generate(
                    ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False, pad_token_id=0
                ).tolist()
        expected[name] = entry
    (HERE / "expected.json").write_text(json.dumps(expected))


def processors():
    torch.manual_seed(0)
    scores, ids = torch.randn(3, 12) * 2, torch.randint(0, 12, (3, 5))
    found = {"scores": scores.flatten().tolist(), "ids": ids.tolist()}
    for name, processor in {
        "repetition": p.RepetitionPenaltyLogitsProcessor(1.3),
        "temperature": p.TemperatureLogitsWarper(0.7),
        "top_k": p.TopKLogitsWarper(4),
        "top_p": p.TopPLogitsWarper(0.8),
        "min_p": p.MinPLogitsWarper(0.2),
    }.items():
        result = processor(ids, scores.clone())
        found[name] = [x if x > -1e30 else "-inf" for x in result.flatten().tolist()]
    (HERE / "processed.json").write_text(json.dumps(found))


models()
processors()

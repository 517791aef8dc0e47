"""Writes minilm.json: the vectors that transformers computes with a folder of all-MiniLM-L6-v2, pooled and normalized.

minilm.py FOLDER
"""

import json
import pathlib
import sys

import torch
from transformers import AutoModel, AutoTokenizer

SENTENCES = [
    "A cat sleeps on the sofa.",
    "A kitten is napping.",
    "The stock market fell sharply today, and analysts expect further losses before the end of the week.",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.",
    "",
]
model, tokenizer = AutoModel.from_pretrained(sys.argv[1]).eval(), AutoTokenizer.from_pretrained(sys.argv[1])
batch = tokenizer(SENTENCES, padding=True, truncation=True, return_tensors="pt")
with torch.no_grad():
    states = model(**batch).last_hidden_state
mask = batch["attention_mask"].unsqueeze(-1).float()
vectors = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))
path = pathlib.Path(__file__).with_name("minilm.json")
path.write_text(json.dumps([{"text": t, "vector": [round(x, 7) for x in v.tolist()]} for t, v in zip(SENTENCES, vectors)]))

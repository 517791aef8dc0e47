"""Reads a folder with PyPI's tensorboard and prints what it finds as JSON: python read.py FOLDER."""

import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

folder = sys.argv[1]
result = {"runs": {}}
for path, _, files in sorted(os.walk(folder)):
    names = [name for name in files if "tfevents" in name]
    if not names:
        continue
    run = EventAccumulator(path, size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
    run.Reload()
    tags = run.Tags()
    found = {
        "scalars": {tag: [[e.step, e.value] for e in run.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {
            tag: [[e.step, h.num, h.min, h.max] for e in run.Histograms(tag) for h in [e.histogram_value]]
            for tag in tags["histograms"]
        },
        "images": {tag: [[e.step, e.width, e.height] for e in run.Images(tag)] for tag in tags["images"]},
        "texts": {
            tag: [e.tensor_proto.string_val[0].decode() for e in run.Tensors(tag)]
            for tag in tags["tensors"] if tag.endswith("text_summary")
        },
        "tensors": sorted(tags["tensors"]),
        "graph": len(run.Graph().node) if tags["graph"] else 0,
        "hparams": {},
    }
    metadata = run.summary_metadata.get("_hparams_/session_start_info")
    if metadata:
        start = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
        for key in start.hparams:
            value = start.hparams[key]
            found["hparams"][key] = getattr(value, value.WhichOneof("kind"))
    result["runs"][os.path.relpath(path, folder)] = found
    for name in names:
        # An unknown field would be kept aside, and the event would have no content.
        for event in LegacyEventFileLoader(os.path.join(path, name)).Load():
            assert event.WhichOneof("what"), event
print(json.dumps(result, sort_keys=True))

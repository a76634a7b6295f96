"""Writes `tensorboard/` with tensorboardX and TensorBoard: `python record_tensorboard.py DIR`.

Made with tensorboardX 2.6.5 and TensorBoard 2.21. The names of the files are made plain.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import summary_v2
from tensorboard.plugins.scalar import metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util
from tensorboardX import SummaryWriter

START = 1_700_000_000.0


def simple(folder: Path) -> None:
    """Scalars as PyTorch's and tensorboardX's writer make them: `simple_value`."""
    writer = SummaryWriter(str(folder))
    for step in range(5):
        writer.add_scalar("loss/train", 1 / (step + 1), step, walltime=START + step)
    writer.add_scalar("odd", math.nan, 7, walltime=START + 9)
    writer.add_text("remark", "hello", 0, walltime=START)
    writer.add_histogram("weights", [1.0, 2.0, 3.0], 0, walltime=START)
    writer.close()


def tensors(folder: Path) -> None:
    """Scalars and hyperparameters as TensorFlow 2 makes them: tensors with their plugin's name."""
    writer = EventFileWriter(str(folder))
    for step in range(3):
        event = Event(wall_time=START + step, step=step)
        event.summary.value.add(
            tag="epoch_accuracy",
            tensor=tensor_util.make_tensor_proto(0.5 + step / 10, dtype=np.float32),
            metadata=metadata.create_summary_metadata(display_name="", description=""),
        )
        writer.add_event(event)
    event = Event(wall_time=START, step=0)
    event.summary.CopyFrom(
        summary_v2.hparams_pb(
            {"lr": 0.1, "optimizer": "adam", "nesterov": True}, start_time_secs=START
        )
    )
    writer.add_event(event)
    writer.close()


def main() -> None:
    """Record two runs, one in a folder of the other."""
    folder = Path(sys.argv[1])
    simple(folder)
    tensors(folder / "train")
    for file in folder.rglob("events.out.*"):
        suffix = ".v2" if file.parent.name == "train" else ""
        file.rename(file.with_name(f"events.out.tfevents.1700000000.host.1.0{suffix}"))


if __name__ == "__main__":
    main()

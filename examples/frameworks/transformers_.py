"""A tiny BERT, made from a config, that reads rows of handwritten digits as sentences."""

import torch
import transformers
from sklearn.datasets import load_digits

from gittrack import ExperimentTracker
from gittrack.integrations.transformers import GittrackCallback

transformers.set_seed(0)
images, digits = load_digits(return_X_y=True)
data = [
    {"input_ids": torch.tensor(image, dtype=torch.long) + 1, "labels": int(digit)}
    for image, digit in zip(images, digits, strict=True)
]
model = transformers.BertForSequenceClassification(
    transformers.BertConfig(
        vocab_size=20,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        num_labels=10,
    )
)
arguments = transformers.TrainingArguments(
    output_dir="out",
    max_steps=40,
    learning_rate=0.005,
    per_device_train_batch_size=32,
    logging_steps=10,
    save_steps=40,
    eval_strategy="steps",
    eval_steps=40,
    report_to=[],
    disable_tqdm=True,
    use_cpu=True,
)
trainer = transformers.Trainer(
    model,
    arguments,
    train_dataset=data[:1200],
    eval_dataset=data[1200:],
    callbacks=[GittrackCallback(experiment="digits", log_checkpoints=True)],
)
trainer.remove_callback(transformers.PrinterCallback)
trainer.train()

with ExperimentTracker() as tracker:
    [run] = tracker.list_runs("digits")
    print(run.run_name, run.status, run.params["model"], run.params["learning_rate"])
    losses = run.summaries["loss"]
    print(f"{losses.count} losses, the last at step {losses.last_step}", "eval_loss" in run.metrics)
    print(*[artifact.path for artifact in run.artifacts if artifact.path.endswith("safetensors")])

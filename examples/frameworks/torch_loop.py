"""A plain loop of PyTorch's on handwritten digits: metrics by epoch, and the weights."""

import torch
from sklearn.datasets import load_digits

from gittrack import ExperimentTracker
from gittrack.integrations.torch import TrainingLog

torch.manual_seed(0)
images, digits = load_digits(return_X_y=True)
inputs = torch.tensor(images / 16, dtype=torch.float32)
targets = torch.tensor(digits)
model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

config = {"lr": 0.02, "width": 32}
with TrainingLog(experiment="digits", config=config, gradients=True) as log:
    for epoch in range(20):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(inputs[:1200]), targets[:1200])
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            hits = model(inputs[1200:]).argmax(1) == targets[1200:]
        metrics = {"loss": loss, "val/accuracy": hits.float().mean()}
        log.epoch(epoch, metrics, model=model, optimizer=optimizer)
    log.weights(model)

with ExperimentTracker() as tracker:
    [run] = tracker.list_runs("digits")
    print(run.run_name, run.status, dict(run.params))
    print(f"accuracy {run.metrics['val/accuracy']:.1f}", *sorted(run.metrics))
    print(*[artifact.path for artifact in run.artifacts])

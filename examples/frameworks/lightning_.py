"""Lightning on handwritten digits: the trainer's logger is a run, with checkpoints."""

import logging
import warnings

import lightning
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

from gittrack import ExperimentTracker
from gittrack.integrations.lightning import GittrackLogger

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Classifier(lightning.LightningModule):
    def __init__(self, width: int, lr: float) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.lr = lr
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Linear(width, 10)
        )

    def training_step(self, batch: list[torch.Tensor], _index: int) -> torch.Tensor:
        loss = torch.nn.functional.cross_entropy(self.layers(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def test_step(self, batch: list[torch.Tensor], _index: int) -> None:
        hits = self.layers(batch[0]).argmax(1) == batch[1]
        self.log("accuracy", hits.float().mean())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.lr)


lightning.seed_everything(0, verbose=False)
images, digits = load_digits(return_X_y=True)
data = TensorDataset(torch.tensor(images / 16, dtype=torch.float32), torch.tensor(digits))
train = DataLoader(torch.utils.data.Subset(data, range(1200)), batch_size=64, shuffle=True)
test = DataLoader(torch.utils.data.Subset(data, range(1200, 1797)), batch_size=600)

with GittrackLogger(experiment="digits", log_checkpoints=True) as logger:
    trainer = lightning.Trainer(
        logger=logger,
        max_epochs=3,
        accelerator="cpu",
        log_every_n_steps=5,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    model = Classifier(width=32, lr=0.01)
    trainer.fit(model, train)
    trainer.test(model, test, verbose=False)

with ExperimentTracker() as tracker:
    [run] = tracker.list_runs("digits")
    print(run.run_name, run.status, dict(run.params))
    print(f"accuracy {run.metrics['accuracy']:.1f}, {run.summaries['loss'].count} losses")
    print(*[artifact.path for artifact in run.artifacts])

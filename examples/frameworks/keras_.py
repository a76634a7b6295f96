"""Keras (on PyTorch) on handwritten digits: a run for each `fit`, with its model."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
from sklearn.datasets import load_digits

from gittrack import ExperimentTracker
from gittrack.integrations.keras import GittrackCallback

keras.utils.set_random_seed(0)
images, digits = load_digits(return_X_y=True)
model = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(
    images / 16,
    digits,
    epochs=3,
    validation_split=0.3,
    verbose=0,
    callbacks=[GittrackCallback(experiment="digits", log_model=True)],
)

with ExperimentTracker() as tracker:
    [run] = tracker.list_runs("digits")
    print(run.run_name, run.status, run.params["optimizer"]["learning_rate"])
    print(f"accuracy {run.metrics['val_accuracy']:.1f} in epoch {run.summaries['loss'].last_step}")
    print(*[artifact.path for artifact in run.artifacts])

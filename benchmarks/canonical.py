"""What it takes to write and read one config of about thirty keys, beside the YAML libraries.

    python benchmarks/canonical.py

Every figure is the median of nine rounds over 500 different configs, in microseconds a config. The
libraries write with sorted keys; none of them writes the canonical form.
"""

from __future__ import annotations

import io
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import yaml
from generate import configs
from ruamel.yaml import YAML

from gittrack.adapt import to_plain
from gittrack.canonical import config_id, emit, read

ROUNDS = 9


def per_config(action: Callable[[Any], Any], items: list[Any]) -> float:
    """Microseconds for each item, the median of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for item in items:
            action(item)
        rounds.append((time.perf_counter() - start) / len(items) * 1e6)
    return round(statistics.median(rounds), 1)


def ruamel_dump(parser: YAML, data: Any) -> None:
    """Write with ruamel."""
    parser.dump(data, io.StringIO())


def main() -> None:
    """Measure and print the figures as JSON."""
    plain: list[Any] = [to_plain(config) for config in configs(500)]
    texts = [emit(config) for config in plain]
    few, few_texts = plain[:25], texts[:25]
    pure = YAML(typ="safe", pure=True)
    pure.default_flow_style = False
    figures = {
        "bytes per config": round(statistics.mean(map(len, texts))),
        "lines per config": round(statistics.mean(t.count(b"\n") for t in texts)),
        "gittrack to_plain": per_config(to_plain, plain),
        "gittrack emit": per_config(emit, plain),
        "gittrack read (strict)": per_config(read, texts),
        "gittrack emit + SHA-256": per_config(lambda config: config_id(emit(config)), plain),
        "json.dumps (sorted)": per_config(lambda d: json.dumps(d, sort_keys=True), plain),
        "json.loads": per_config(json.loads, [json.dumps(config) for config in plain]),
        "PyYAML, libyaml, dump": per_config(lambda d: yaml.dump(d, Dumper=yaml.CSafeDumper), few),
        "PyYAML, libyaml, load": per_config(lambda t: yaml.load(t, yaml.CSafeLoader), few_texts),
        "ruamel.yaml, pure, dump": per_config(lambda d: ruamel_dump(pure, d), few),
        "ruamel.yaml, pure, load": per_config(pure.load, few_texts),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()

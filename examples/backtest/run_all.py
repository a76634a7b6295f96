"""Run the backtest of every config and compare the results: `python run_all.py [OUTPUT_DIR]`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLUMNS = ("sharpe", "cagr", "max_drawdown", "information_ratio", "turnover")
WIDTHS = {name: max(len(name), 7) for name in COLUMNS}


def main() -> None:
    """One process for each config, as a user would start it, then one table."""
    output = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
    configs = sorted((HERE / "configs").glob("*.yaml"))
    for config in configs:
        command = [sys.executable, str(HERE / "backtest.py"), "--config", str(config)]
        command += ["--output-dir", str(output / config.stem)]
        command += ["--experiment-tags", f"backtest,{config.stem}"]
        subprocess.run(command, check=True)
    print()
    headings = (f"{name:>{width}}" for name, width in WIDTHS.items())
    print(f"{'config':12}  {'strategy':14}", *headings, sep="  ")
    for config in configs:
        summary = json.loads((output / config.stem / "summary.json").read_text())
        values = (f"{summary[name]:{width}.3f}" for name, width in WIDTHS.items())
        print(f"{summary['config_hash'][:12]}  {config.stem:14}", *values, sep="  ")


if __name__ == "__main__":
    main()

"""`ExperimentReporter`: reports written as files, one self-contained file each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gittrack.closing import Closing
from gittrack.errors import RepositoryError, UsageError
from gittrack.files import replace_file
from gittrack.report import formats
from gittrack.report.comparison_report import comparison_report, experiment_report
from gittrack.report.document import Report
from gittrack.report.run_report import run_report
from gittrack.report.study_report import study_report
from gittrack.slug import slug
from gittrack.tracking.naming import find_run
from gittrack.tracking.tracker import ExperimentTracker

ENDINGS = {"html": ".html", "markdown": ".md", "json": ".json"}


class ExperimentReporter(Closing):
    """Writes reports into a folder, which is made if it is not there.

    Runs are named as on the command line: by id, prefix, name, `EXPERIMENT#NUMBER` or `@{N}`.
    Each method returns the path of the file, which replaces an older one whole or not at all.

    Args:
        output_dir: the folder of the files.
        tracker: where the runs are; without it, a tracker of `path` that is closed with this.
        path: the repository or a folder in it; without both, the current folder decides.
        file_format: `html`, `markdown` or `json`.

    Raises:
        RepositoryError: there is no repository that can be used.
        UsageError: there is no such format.
    """

    def __init__(
        self,
        output_dir: Path | str = ".",
        *,
        tracker: ExperimentTracker | None = None,
        path: Path | str | None = None,
        file_format: str = "html",
    ) -> None:
        formats.check(file_format)
        if tracker is not None and path is not None:
            raise UsageError("an ExperimentReporter takes a tracker or a path, not both")
        self._folder = Path(output_dir)
        self._format = file_format
        self._is_owner = tracker is None
        self._tracker = tracker or ExperimentTracker(path, capture=False)

    def close(self) -> None:
        """End the git processes of a tracker of its own."""
        if self._is_owner:
            self._tracker.close()

    def generate_training_report(self, run_id: str) -> Path:
        """The report of one run, live or ended.

        Raises:
            NotFoundError: there is no such run.
            AmbiguousError: several are meant.
            RepositoryError: the file cannot be written; as all methods.
        """
        run = find_run(self._tracker, run_id)
        return self._write(run_report(self._tracker, run), f"run-{run.run_id[:12]}")

    def generate_hpo_study_report(
        self, experiment_id: str, metric: str | None = None, direction: str | None = None
    ) -> Path:
        """The report of a study, by its name or id; see `gittrack.report.study_report`.

        Raises:
            NotFoundError: there is no such study, it has no trials, or none has the metric.
            UsageError: there are several metrics, and none is named.
        """
        report = study_report(self._tracker, experiment_id, metric, direction)
        return self._write(report, f"study-{slug(experiment_id)}")

    def generate_comparison_report(
        self, run_ids: Sequence[str], report_name: str = "comparison"
    ) -> Path:
        """The report of two to fifty runs beside one another.

        Raises:
            NotFoundError: there is no such run.
            UsageError: there are too few or too many.
        """
        runs = [find_run(self._tracker, name) for name in run_ids]
        report = comparison_report(self._tracker, runs, report_name)
        return self._write(report, slug(report_name))

    def generate_experiment_report(self, experiment_names: Sequence[str]) -> Path:
        """The report of one experiment or several: runs, metrics, how these went over time.

        Raises:
            NotFoundError: there is no such experiment, or it has no runs.
        """
        title = ", ".join(experiment_names)
        report = experiment_report(self._tracker, experiment_names, title)
        return self._write(report, f"experiment-{slug(title)}")

    def _write(self, report: Report, name: str) -> Path:
        file = self._folder / f"{name}{ENDINGS[self._format]}"
        data = formats.render(self._format, report).encode("utf-8", "backslashreplace")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(file, data)
        except OSError as error:
            raise RepositoryError(
                f"cannot write {file}: {(error.strerror or str(error)).lower()}"
            ) from error
        return file

"""The finished runs of configs: found by the blob of their `config.yaml`, without an index."""

from __future__ import annotations

from collections.abc import Mapping

from gittrack.git.history import list_files
from gittrack.git.objects import blob_id
from gittrack.git.refs import read_refs
from gittrack.ids import ConfigId
from gittrack.store.experiments import EXPERIMENTS, RUNS
from gittrack.store.session import Session

_CONFIG = "/config.yaml"


def metrics_of(
    session: Session, configs: Mapping[ConfigId, bytes]
) -> dict[ConfigId, list[dict[str, float]]]:
    """The last values of each metric of every finished run of those configs.

    The same bytes are the same blob in git, so that only the lists of files are looked through.

    Raises:
        DataError: the record of such a run is damaged.
    """
    refs = read_refs(session.repository, EXPERIMENTS)
    if not refs or not configs:
        return {}
    from gittrack.runs.codec import decode_run  # most repositories that are reviewed have no runs
    from gittrack.runs.model import FINISHED

    hash_name = session.repository.hash_name
    wanted = {blob_id(data, hash_name): one for one, data in configs.items()}
    places = [
        (wanted[file.blob], f"{ref}:{file.path.removesuffix(_CONFIG)}/run.yaml")
        for ref in refs
        for file in list_files(session.repository, ref, f"{RUNS}/")
        if file.blob in wanted and file.path.endswith(_CONFIG)
    ]
    found: dict[ConfigId, list[dict[str, float]]] = {}
    records = session.reader.find_many(path for _, path in places)
    for (one, _), record in zip(places, records, strict=True):
        run = None if record is None else decode_run(record.data, None)
        if run is not None and run.status == FINISHED:
            found.setdefault(one, []).append(run.measures)
    return found

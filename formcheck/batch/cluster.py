"""More than one machine: the processes of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from formcheck.errors import InputError

if TYPE_CHECKING:
    from formcheck.batch.work import Outcome, Task

__all__ = ["run_on"]

_CONNECT_S = 10.0


def run_on(
    tasks: Sequence[Task], scheduler: str, remark: Callable[[str], None] = lambda sentence: None
) -> Generator[Outcome, None, None]:
    """Does the tasks on a Dask cluster, and gives each outcome as soon as it is there.

    A clip whose worker is lost is done by another one; Dask gives up a clip that lost several
    (``distributed.scheduler.allowed-failures``). When the iteration is ended early, what was not
    begun is cancelled; what a worker is at, it finishes for nothing.

    Args:
        tasks: What is to be done.
        scheduler: Address, e.g. ``tcp://10.0.0.1:8786``.
        remark: Told what the person who started the cluster may want to know.

    Raises:
        InputError: there is no such cluster, or Dask is not installed.
    """
    try:
        dask: Any = import_module("distributed")  # an extra
    except ImportError as error:
        raise InputError(
            "--scheduler needs Dask; install it with pip install 'formcheck[cluster]'"
        ) from error
    from formcheck.batch.work import work_on  # noqa: PLC0415

    try:
        client = dask.Client(scheduler, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no Dask scheduler answers at {scheduler}; start one with 'dask scheduler', and "
            f"workers with 'dask worker {scheduler}'"
        ) from error
    with client:
        for sentence in _advice(client.nthreads(), scheduler):
            remark(sentence)
        # Not pure: whatever another batch did with a clip of this name is not asked for.
        futures = {client.submit(work_on, task, pure=False): task for task in tasks}
        try:
            for future in dask.as_completed(list(futures), loop=client.loop):
                yield _outcome(future, futures.pop(future))
                future.release()
        finally:
            if futures:
                client.cancel(list(futures), force=True)


def _outcome(future: Any, task: Task) -> Outcome:
    from formcheck.batch.records import Record  # noqa: PLC0415 - heavy, and only for clusters
    from formcheck.batch.work import Outcome  # noqa: PLC0415

    if future.status == "finished":
        outcome: Outcome = future.result()
        return outcome
    error = future.exception()
    failed = f"{task.clip.file_name}: {type(error).__name__}: {error}"
    return Outcome(task, Record(task.clip.name, task.key, failed=failed))


def _advice(threads: Mapping[str, int], scheduler: str) -> list[str]:
    """What is worth knowing of the workers before a long run."""
    if not threads:
        return [f"the cluster has no workers yet; start some with 'dask worker {scheduler}'"]
    if any(count > 1 for count in threads.values()):
        return [
            "a worker does one clip at a time, whatever its threads; for a process a core start "
            f"'dask worker {scheduler} --nworkers CORES --nthreads 1'"
        ]
    return []

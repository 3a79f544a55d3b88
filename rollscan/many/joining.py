"""Owns the connection to a Dask scheduler: one that is named, or one that is started here."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, ClusterError
from ..systems import pip_install
from .order import Certificates

_PATIENCE = 10.0  # seconds within which a scheduler has to answer
_DEATHS = 3  # of workers with the same clip, which then fails (on a scheduler started here)


@contextmanager
def joined(address: str, jobs: int, tls: Certificates | None) -> Iterator[Any]:
    """Connect to a scheduler, by a Dask client; one that is started here ends with the block.

    address: host:port, the name of a scheduler file, or "local" to start one here. jobs: how many
    workers that one has. tls: the certificates; None: those of Dask's own configuration. Raises
    ArgumentError for certificates that are missing or cannot be used, ClusterError where no
    scheduler answers.
    """
    from distributed import Client

    if address == "local":
        with _local_cluster(jobs) as cluster, Client(cluster) as client:
            yield client
        return
    client_arguments = _client_arguments(address, tls)
    try:
        client = Client(**client_arguments, timeout=_PATIENCE)
    except TypeError as error:
        if "ssl_context" not in str(error):
            raise
        raise ArgumentError(
            f"cluster is {address}, which is joined with certificates: add --tls-ca-file and"
            " --tls-cert (and --tls-key)",
            "cluster",
        ) from error
    # Dask asserts that a thread of its own starts within 10 seconds.
    except (OSError, TimeoutError, ValueError, RuntimeError, AssertionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ClusterError(
            f"no scheduler answers at {address} ({reason}): check the"
            f" address{' and the certificates' if tls else ''}, or start one (dask scheduler)"
        ) from error
    with closing(client):
        yield client


@contextmanager
def _local_cluster(jobs: int) -> Iterator[Any]:
    """Start a scheduler and its workers, which nobody else on this machine can join or inspect.

    They listen on loopback, to which every user may connect, and do what any client tells them. So
    they admit only clients with a certificate that is created for them and is held in memory only,
    they serve no web pages, which would be open to all, and their files are in a folder of this
    user.
    """
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    try:
        security = Security.temporary()
    except ImportError as error:
        raise ArgumentError(
            "cluster is local, which needs the package cryptography, to let in nobody else:"
            f" {pip_install('cluster')}",
            "cluster",
        ) from error
    settings = {
        "distributed.scheduler.allowed-failures": _DEATHS - 1,
        "distributed.scheduler.http.routes": [],
        "distributed.worker.daemon": True,
        "distributed.worker.http.routes": [],
        "distributed.worker.profile.enabled": False,
    }
    with (
        tempfile.TemporaryDirectory(prefix="rollscan-", ignore_cleanup_errors=True) as folder,
        dask.config.set(settings),
        LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            local_directory=folder,
            security=security,
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"dashboard": False},
        ) as cluster,
    ):
        yield cluster


def _client_arguments(address: str, tls: Certificates | None) -> dict[str, Any]:
    """The arguments of Dask's client that say where the scheduler is, and how it is joined.

    Raises ArgumentError for certificates that cannot be used.
    """
    from distributed.security import Security

    client_arguments = {"address": address}
    if Path(address).is_file():
        client_arguments = {"scheduler_file": address}
    if tls is None:  # Dask's own configuration applies
        return client_arguments
    if "address" in client_arguments and "://" not in address:
        client_arguments = {"address": f"tls://{address}"}
    security = Security(
        tls_ca_file=tls.ca_file,
        tls_client_cert=tls.cert,
        tls_client_key=tls.key,
        require_encryption=True,
    )
    try:
        security.get_connection_args("client")
    except OSError as error:  # ssl.SSLError is one, too
        raise ArgumentError(
            f"the certificates for {address} cannot be used ({error}): give those of its"
            " --tls-ca-file, --tls-cert and --tls-key"
        ) from error
    return {**client_arguments, "security": security}

"""Owns the connection to a cluster: the scheduler that is named, or one that is started here."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, ClusterError
from .order import Certificates

_PATIENCE = 10.0  # seconds in which a scheduler has to answer
_DEATHS = 3  # of workers with the same clip: it is not tried further (on a scheduler started here)


@contextmanager
def joined(address: str, jobs: int, tls: Certificates | None) -> Iterator[Any]:
    """A connection to the scheduler; where that is started here, it ends with the block.

    address: host:port, the name of a scheduler file, or "local"; jobs: workers of that. Raises
    ArgumentError for certificates that are missing or of no use, ClusterError where none answers.
    """
    from distributed import Client

    if address == "local":
        with _local_cluster(jobs) as cluster, Client(cluster) as client:
            yield client
        return
    where = _whereabouts(address, tls)
    try:
        client = Client(**where, timeout=_PATIENCE)
    except TypeError as error:
        if "ssl_context" not in str(error):
            raise
        raise ArgumentError(
            f"cluster is {address}, which is joined with certificates: add --tls-ca-file and"
            " --tls-cert (and --tls-key)",
            "cluster",
        ) from error
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise ClusterError(
            f"no scheduler answers at {address} ({' '.join(str(error).split())}): check the"
            f" address{' and the certificates' if tls else ''}, or start one (dask scheduler)"
        ) from error
    with closing(client):
        yield client


@contextmanager
def _local_cluster(jobs: int) -> Iterator[Any]:
    """A scheduler and its workers, which nobody else on this machine can join or look into.

    They listen on loopback, where every user may connect, and would do what a client says. So they
    take only who has the certificate, which is made for them and is in memory alone; the pages that
    they would serve without any check are left out; and their files are in a folder of this user.
    """
    import dask
    from distributed import LocalCluster
    from distributed.security import Security

    try:
        security = Security.temporary()
    except ImportError as error:
        raise ArgumentError(
            "cluster is local, which needs the package cryptography, to let in nobody else:"
            " pip install 'rollscan[cluster]'",
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


def _whereabouts(address: str, tls: Certificates | None) -> dict[str, Any]:
    """Where the scheduler is, and how it is joined, as Dask's client takes it.

    Raises ArgumentError where the certificates are none.
    """
    from distributed.security import Security

    where = {"address": address}
    if Path(address).is_file():
        where = {"scheduler_file": address}
    if tls is None:  # by Dask's own configuration
        return where
    if "address" in where and "://" not in address:
        where = {"address": f"tls://{address}"}
    security = Security(
        tls_ca_file=tls.ca_file,
        tls_client_cert=tls.cert,
        tls_client_key=tls.key,
        require_encryption=True,
    )
    try:
        security.get_connection_args("client")
    except OSError as error:  # of ssl
        raise ArgumentError(
            f"the certificates for {address} cannot be used ({error}): give those of its"
            " --tls-ca-file, --tls-cert and --tls-key"
        ) from error
    return {**where, "security": security}

"""Several processes that train together, forked: starting them through torchrun takes seconds each."""

import os
import socket
import sys

import pytest

from realm_mini.parallel import workers

can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked, to be quick")


def free_port():
    """Return a port that nobody uses just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def in_processes(count, work):
    """Run ``work`` in so many forks with the environment that torchrun gives; return their exit statuses."""
    port, pids = free_port(), []
    for rank in range(count):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.environ |= {"WORLD_SIZE": str(count), "RANK": str(rank), "LOCAL_RANK": str(rank)}
                os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
                with workers() as team:
                    work(team)
                status = 0
            except BaseException as error:
                sys.__stderr__.write(f"{error!r}\n")
            finally:
                os._exit(status)
        pids.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]

"""More clients than the system lets the server have sockets for."""

import os
import resource
import socket
import time

import requests
from house import eventually


def seconds_of_processor(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_server_without_sockets_waits_calmly_and_serves_again(house):
    pid = house.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    open_now = len(os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + 8, hard))
    crowd = [socket.create_connection(("127.0.0.1", house.port), timeout=5) for _ in range(60)]
    began = seconds_of_processor(pid)
    time.sleep(2)
    assert seconds_of_processor(pid) - began < 1, "it tries again and again"
    assert house.process.poll() is None
    for client in crowd:
        client.close()
    eventually(lambda: answers(house), within=20)


def answers(house):
    try:
        return requests.get(f"{house.url}/up", timeout=2).ok
    except requests.RequestException:
        return False

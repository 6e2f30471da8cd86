"""Python's part in the benchmarks: prints a workload's figures, then the peak of resident memory.

Sizes and warm-ups are those of benches/src/work.
"""

import hashlib
import os
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

BUFFER = 64 * 1024


def pool(blocked):
    """An executor with its default of threads, or as many as block at once."""
    return ThreadPoolExecutor(min(blocked + 2, 30_000) if blocked else None)


def timed(warm_up, size, work):
    work(warm_up)
    start = time.perf_counter()
    work(size)
    return (time.perf_counter() - start) * 1e3


def trivial(n):
    return n


def ping():
    with pool(0) as executor:

        def pings(count):
            for n in range(count):
                assert executor.submit(trivial, n).result() == n

        return [timed(2_000, 20_000, pings)]


def fan_out(size):
    with pool(0) as executor:

        def all_at_once(count):
            futures = [executor.submit(trivial, n) for n in range(count)]
            assert sum(future.result() for future in futures) == count * (count - 1) // 2

        return [timed(size // 10, size, all_at_once)]


def fib(size):
    def plain(n):
        a, b = 0, 1
        for _ in range(n):
            a, b = b, a + b
        return a

    with pool(2 * plain(size)) as executor:

        def fibonacci(n):
            if n < 2:
                return n
            a = executor.submit(fibonacci, n - 1)
            b = executor.submit(fibonacci, n - 2)
            return a.result() + b.result()

        def checked(n):
            assert fibonacci(n) == plain(n)

        return [timed(13, size, checked)]


def chain(size):
    with pool(size) as executor:

        def levels(depth):
            return 0 if depth == 0 else 1 + executor.submit(levels, depth - 1).result()

        def checked(depth):
            assert executor.submit(levels, depth).result() == depth

        return [timed(0 if size == 1_000_000 else size // 10, size, checked)]


def skynet():
    with pool(1_000_000 // 9) as executor:

        def node(first, leaves):
            if leaves == 1:
                return first
            each = leaves // 10
            children = [executor.submit(node, first + n * each, each) for n in range(10)]
            return sum(child.result() for child in children)

        def checked(leaves):
            assert executor.submit(node, 0, leaves).result() == leaves * (leaves - 1) // 2

        return [timed(1_000, 1_000_000, checked)]


def sleepers(count):
    with pool(count) as executor:

        def once():
            start = time.perf_counter()
            futures = [executor.submit(time.sleep, 0.1) for _ in range(count)]
            for future in futures:
                future.result()
            elapsed = (time.perf_counter() - start) * 1e3
            assert elapsed >= 100
            return elapsed

        return [once(), once()]


def awaiters():
    count = 1_000
    with pool(count) as executor:

        def once():
            promise = Future()
            arrived = threading.Semaphore(0)

            def awaiter():
                arrived.release()
                return promise.result()

            start = time.perf_counter()
            futures = [executor.submit(awaiter) for _ in range(count)]
            for _ in range(count):
                arrived.acquire()
            invoking = time.perf_counter() - start
            time.sleep(0.02)
            start = time.perf_counter()
            promise.set_result(42)
            assert sum(future.result() for future in futures) == 42 * count
            waking = time.perf_counter() - start
            return [(invoking + waking) * 1e3, waking * 1e3]

        once()
        return once()


def start():
    with pool(2) as executor:

        def samples(count, pause):
            latencies = []
            for n in range(count):
                time.sleep(pause)
                started = []
                invoked = time.perf_counter()
                executor.submit(lambda: started.append(time.perf_counter() - invoked))
                while not started:
                    # Python runs one thread at a time: this one has to let the other run.
                    time.sleep(0)
                if n >= count // 10:
                    latencies.append(started[0])
            latencies.sort()
            return latencies[len(latencies) // 2] * 1e6

        return [samples(2_000, 2e-6), samples(200, 3e-3)]


def checksum():
    tree = os.environ["BENCHES_TREE"]
    root = os.path.join(tree, "files")

    def line(path):
        digest = hashlib.sha256()
        with open(path, "rb", buffering=0) as file:
            while block := file.read(BUFFER):
                digest.update(block)
        return f"{digest.hexdigest()}  {os.path.relpath(path, root)}"

    # As many threads as processors: hashing lets others run.
    with ThreadPoolExecutor(os.cpu_count()) as executor:

        def sums():
            paths = [os.path.join(at, name) for at, _, names in os.walk(root) for name in names]
            return list(executor.map(line, paths))

        sums()
        begin = time.perf_counter()
        lines = sums()
        elapsed = (time.perf_counter() - begin) * 1e3
    text = "".join(each + "\n" for each in sorted(lines))
    with open(os.path.join(tree, "expected"), encoding="ascii") as file:
        assert hashlib.sha256(text.encode()).hexdigest() == file.read().strip()
    return [elapsed]


WORKLOADS = {
    "ping": ping,
    "fan-out-10k": lambda: fan_out(10_000),
    "fan-out-100k": lambda: fan_out(100_000),
    "start": start,
    "fib-18": lambda: fib(18),
    "fib-27": lambda: fib(27),
    "chain-1k": lambda: chain(1_000),
    "chain-10k": lambda: chain(10_000),
    "chain-30k": lambda: chain(30_000),
    "chain-1m": lambda: chain(1_000_000),
    "skynet": skynet,
    "sleepers-1k": lambda: sleepers(1_000),
    "sleepers-10k": lambda: sleepers(10_000),
    "awaiters": awaiters,
    "checksum": checksum,
}


def peak():
    """The most memory that was resident at once, in MiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        for entry in status:
            if entry.startswith("VmHWM:"):
                return int(entry.split()[1]) / 1024
    return float("nan")


if __name__ == "__main__":
    print(*WORKLOADS[sys.argv[1]](), peak())

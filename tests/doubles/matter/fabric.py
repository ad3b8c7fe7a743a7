"""A Matter fabric in a network namespace of its own: one lock, and the server that Home Assistant uses, which has
commissioned it as node 1. `fabric.py SERVER SIDE DIRECTORY LOCK [WORD]` serves the WebSocket of the server at 127.0.0.1:SERVER and
the side door of the lock at 127.0.0.1:SIDE, prints READY, and ends with its input. DIRECTORY has the packages, LOCK is the
script of the lock, and WORD is for it. It needs root, or user namespaces.

`POST /cut` with a number at the side door cuts the line to the server after so many more messages to it: the last one
arrives, and its answer does not. It is told how many lines were cut until then.

A Matter lock is found by multicast, which the loopback device has none of: lock and server sit at the two ends of a
virtual cable, each in a namespace that goes with its process. Nothing leaves them. The server's SDK writes to /data, which
is a directory of a root of its own, in memory; it goes with the processes too, so that there is nothing to clean up.
"""

import asyncio
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE, LOCK = Path(sys.argv[3]), Path(sys.argv[4])
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_REC, MS_BIND, MS_PRIVATE = 0x4000, 0x1000, 0x40000
LIBC = ctypes.CDLL(None, use_errno=True)


def check(result: int, what: str) -> None:
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source: str, target: str, kind: str | None, flags: int) -> None:
    name = kind.encode() if kind else None
    check(LIBC.mount(source.encode(), target.encode(), name, flags, None), f"mount {target}")


def listener(port: int) -> socket.socket:
    """A socket of the namespace that we are still in."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    one.listen()
    one.setblocking(False)
    return one


def enter() -> None:
    """Goes into namespaces of our own, as root there."""
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNET | CLONE_NEWNS | (0 if user == 0 else CLONE_NEWUSER)
    check(LIBC.unshare(flags), "unshare")
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    mount("none", "/", None, MS_REC | MS_PRIVATE)


def own_root(root: Path) -> None:
    """The same files as ever, and a /data."""
    root.mkdir(exist_ok=True)
    mount("tmpfs", str(root), "tmpfs", 0)
    for entry in Path("/").iterdir():
        place = root / entry.name
        if entry.is_symlink():
            place.symlink_to(os.readlink(entry))
        elif entry.is_dir():
            place.mkdir()
            mount(str(entry), str(place), None, MS_BIND | MS_REC)
    (root / "data").mkdir(exist_ok=True)
    here = os.getcwd()
    os.chroot(root)
    os.chdir(here)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def authorities(directory: Path) -> None:
    """The test authority that made the lock's certificate; without it the server would fetch those of real ones."""
    source = HERE / "node_modules/@matter/protocol/dist/esm/certificate/ChipPAAuthorities.js"
    found = re.search(r'TestCert_PAA_NoVID_Cert = Bytes.fromHex\(\s*"([0-9a-f]+)"', source.read_text())
    directory.mkdir(parents=True)
    (directory / "test.der").write_bytes(bytes.fromhex(found.group(1)))
    (directory / ".version").write_text("1")


# After so many messages the line is cut.
messages_left: int | None = None
# So many lines were cut.
lines_cut = 0


async def relay(own: socket.socket, host: str, port: int, is_server: bool) -> None:
    """What comes to a socket out there goes to a port in here."""
    loop = asyncio.get_running_loop()

    async def pump(reader, writer, cut: asyncio.Event, is_last) -> None:
        try:
            while data := await reader.read(65536):
                if cut.is_set():
                    # The answer to the last message is lost.
                    await asyncio.sleep(60)
                if is_last():
                    cut.set()
                writer.write(data)
                await writer.drain()
                if cut.is_set():
                    # What the last message asks for has to be done.
                    await asyncio.sleep(0.2)
                    return
        except OSError:
            pass

    def counted() -> bool:
        global messages_left, lines_cut
        if not is_server or messages_left is None:
            return False
        messages_left -= 1
        if messages_left > 0:
            return False
        messages_left = None
        lines_cut += 1
        return True

    async def serve(one: socket.socket) -> None:
        global messages_left
        reader, writer = await asyncio.open_connection(sock=one)
        cut = asyncio.Event()
        try:
            if not is_server:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"POST /cut"):
                    messages_left = int(await reader.read(16))
                    writer.write(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"cut": %d}' % lines_cut)
                    await writer.drain()
                    return
            inner = await asyncio.open_connection(host, port)
            if not is_server:
                inner[1].write(head)
            answers = asyncio.create_task(pump(inner[0], writer, cut, lambda: False))
            questions = asyncio.create_task(pump(reader, inner[1], cut, counted))
            # Whichever side goes first ends both; a line that is cut drops the answer.
            await asyncio.wait([answers, questions], return_when=asyncio.FIRST_COMPLETED)
            answers.cancel()
            questions.cancel()
            inner[1].close()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    # The loop itself holds tasks so loosely that a line in use may be swept away.
    lines: set[asyncio.Task] = set()
    while True:
        one, _ = await loop.sock_accept(own)
        line = asyncio.create_task(serve(one))
        lines.add(line)
        line.add_done_callback(lines.discard)


async def commission() -> None:
    import aiohttp

    for _ in range(300):
        try:
            async with aiohttp.ClientSession() as session, session.ws_connect("ws://127.0.0.1:5580/ws") as server:
                await server.receive_json()
                order = {"setup_pin_code": 20202021, "ip_addr": "10.77.0.2"}
                await server.send_json({"message_id": "1", "command": "commission_on_network", "args": order})
                while True:
                    answer = await server.receive_json()
                    if answer.get("message_id") == "1":
                        if "result" not in answer:
                            sys.exit(f"the lock was not commissioned: {answer}")
                        return
        except (aiohttp.ClientError, OSError):
            await asyncio.sleep(0.1)
    sys.exit("the Matter server did not start")


async def run(sockets: list[socket.socket]) -> None:
    tasks = [
        asyncio.create_task(relay(sockets[0], "127.0.0.1", 5580, True)),
        asyncio.create_task(relay(sockets[1], "10.77.0.2", 8080, False)),
    ]
    await commission()
    print("READY", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()


def child(words: list[str], **how) -> subprocess.Popen:
    """A process that ends with this one, however that ends."""
    deathsig = 1
    return subprocess.Popen(words, preexec_fn=lambda: LIBC.prctl(deathsig, signal.SIGKILL), **how)


def main() -> None:
    sockets = [listener(int(port)) for port in sys.argv[1:3]]
    enter()
    own_root(HERE / "root")
    authorities(Path("/data/server/authorities"))
    up = (
        "read go; ip link set lo up; ip addr add 10.77.0.2/24 dev v1; ip link set v1 up; "
        f"ip route add 224.0.0.0/4 dev v1; exec node {LOCK} /data/lock {' '.join(sys.argv[5:])}"
    )
    lock = child(["unshare", "-n", "sh", "-c", up], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=HERE)
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{lock.pid}/ns/net") == own:
        time.sleep(0.01)
    ip("link", "set", "lo", "up")
    ip("link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", str(lock.pid))
    ip("addr", "add", "10.77.0.1/24", "dev", "v0")
    ip("link", "set", "v0", "up")
    ip("route", "add", "224.0.0.0/4", "dev", "v0")
    lock.stdin.write(b"go\n")
    lock.stdin.flush()
    if lock.stdout.readline() != b"READY\n":
        sys.exit("the lock did not start")
    server = [sys.executable, "-m", "matter_server.server", "--storage-path", "/data/server", "--port", "5580"]
    server += ["--listen-address", "127.0.0.1", "--primary-interface", "v0", "--log-level", "critical"]
    server += ["--paa-root-cert-dir", "/data/server/authorities"]
    child(server, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    asyncio.run(run(sockets))
    # The children end with us.
    os._exit(0)


main()

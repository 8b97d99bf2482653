# SPDX-License-Identifier: MIT
"""make check-usb: Debian's dfu-util, and duoboot with Debian's libusb, in a QEMU guest with Debian's kernel, against emulated boards by USB/IP.

Downloads are tried again: on a busy machine a second of the board takes longer than dfu-util's 5 s.
The host's own kernel is not touched: no module, no root. The guest is the kernel's package, unpacked into build/deps/usb, and
an initramfs of busybox, usbip, dfu-util and the modules they need. Missing packages are named.
"""

import glob
import gzip
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from duotest.dfu import *  # noqa: E402
from duotest.recovery import APP, bundle, contents, factory, image, other_key, write  # noqa: E402
from duotest.board import BIN, ROOT, Board  # noqa: E402
from duotest.slots import update  # noqa: E402
from duotest.variant import bootloader  # noqa: E402

WORK = os.path.join(ROOT, "build", "deps", "usb")
PROGRAMS = {"qemu-system-x86_64": "qemu-system-x86", "dfu-util": "dfu-util", "/usr/sbin/usbip": "usbip",
            "/bin/busybox": "busybox-static", "apt-get": "apt"}
MODULES = ("usb-common usbcore failover net_failover virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci "
           "virtio_net usbip-core vhci-hcd").split()
INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mkdir -p /proc /sys /dev
$B mount -t proc p /proc; $B mount -t sysfs s /sys; $B mount -t devtmpfs d /dev
exec >/dev/console 2>&1
for m in MODULES; do [ ! -f /mods/$m.ko ] || $B insmod /mods/$m.ko; done
$B ifconfig lo up; $B ifconfig eth0 10.0.2.15 up
say() { echo "== $*"; }
say attach; /bin/usbip --tcp-port PORT attach -r 10.0.2.2 -b 1-1; $B sleep 2
say list; /bin/dfu-util -l
say upload; /bin/dfu-util -a 1 -U /m7.img; echo "rc $?"; $B sha256sum /m7.img
say stranger; /bin/dfu-util -v -a 0 -D /stranger.duo; echo "rc $?"
say wrong-alternate; /bin/dfu-util -v -a 'M4 image' -D /set.duo; echo "rc $?"
say download
for i in 1 2 3 4 5 6; do /bin/dfu-util -a 0 -D /set.duo && echo "rc 0" && break; $B sleep 2; done
say second; /bin/usbip --tcp-port SECOND attach -r 10.0.2.2 -b 1-1; $B sleep 2
for i in 1 2 3; do /bin/duoboot update --usb --timeout 30 /set.duo && echo "rc 0" && break; $B sleep 2; done
say dfuse; /bin/usbip --tcp-port THIRD attach -r 10.0.2.2 -b 1-1; $B sleep 2; /bin/dfu-util -l
/bin/dfu-util -s 0x08000000 -D /slots.bin; echo "bootloader rc $?"
for i in 1 2 3 4; do /bin/dfu-util -s 0x08020000:leave -D /slots.bin && echo "rc 0" && break; $B sleep 2; done
say end
$B poweroff -f
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def require_programs():
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        skip(f"install {' '.join(missing)} (scripts/setup usb)")


def fetch_kernel():
    os.makedirs(WORK, exist_ok=True)
    try:
        depends = subprocess.run(["apt-cache", "depends", "linux-image-amd64"], capture_output=True, text=True, check=True).stdout
        package = re.search(r"Depends: (linux-image-\S+)", depends).group(1)
        subprocess.run(["apt-get", "download", "-q", package], cwd=WORK, check=True, stdout=subprocess.DEVNULL)
    except (subprocess.CalledProcessError, AttributeError):
        skip("apt finds no kernel package linux-image-amd64 (apt-get update)")
    for deb in glob.glob(f"{WORK}/linux-image-*.deb"):
        subprocess.run(["dpkg-deb", "-x", deb, WORK], check=True)
        os.remove(deb)


def kernel():
    """Debian's kernel, unpacked once: the image, and the folder of its modules."""
    if not glob.glob(f"{WORK}/boot/vmlinuz-*"):
        fetch_kernel()
    return glob.glob(f"{WORK}/boot/vmlinuz-*")[0], glob.glob(f"{WORK}/lib/modules/*")[0]


def add(root, source, target):
    os.makedirs(os.path.dirname(f"{root}/{target}"), exist_ok=True)
    shutil.copy2(source, f"{root}/{target}")


def add_program(root, program):
    path = os.path.realpath(shutil.which(program))
    add(root, path, "bin/" + os.path.basename(program))
    for library in re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", path], capture_output=True, text=True).stdout):
        add(root, library, library.lstrip("/"))


def initramfs(modules, ports, extra):
    root = f"{WORK}/root"
    shutil.rmtree(root, ignore_errors=True)
    for program in ("/bin/busybox", "dfu-util", "/usr/sbin/usbip", f"{BIN}/duoboot"):
        add_program(root, program)
    for module in MODULES:
        for found in glob.glob(f"{modules}/kernel/**/{module}.ko", recursive=True):
            add(root, found, f"mods/{module}.ko")
    for name, path in extra.items():
        add(root, path, name)
    with open(f"{root}/init", "w", encoding="utf-8") as init:
        init.write(INIT.replace("MODULES", " ".join(MODULES)).replace("PORT", ports[0]).replace("SECOND", ports[1])
                   .replace("THIRD", ports[2]))
    os.chmod(f"{root}/init", 0o755)
    names = subprocess.run(["find", "."], cwd=root, capture_output=True, check=True).stdout
    archive = subprocess.run(["/bin/busybox", "cpio", "-o", "-H", "newc"], cwd=root, input=names, capture_output=True, check=True)
    with gzip.open(f"{WORK}/initramfs.gz", "wb", compresslevel=1) as file:
        file.write(archive.stdout)
    return f"{WORK}/initramfs.gz"


def guest(ports, extra):
    vmlinuz, modules = kernel()
    result = subprocess.run(
        ["qemu-system-x86_64", "-m", "256", "-nographic", "-no-reboot", "-kernel", vmlinuz, "-initrd",
         initramfs(modules, ports, extra), "-append", "console=ttyS0 quiet panic=-1", "-netdev", "user,id=n0", "-device",
         "virtio-net-pci,netdev=n0,romfile="], capture_output=True, text=True, errors="replace", timeout=900, stdin=subprocess.DEVNULL)
    text = result.stdout.replace("\r", "\n")
    return dict(re.findall(r"^== (\S+)$(.*?)(?=^== )", text + "\n== \n", re.M | re.S)), text


def board_in_recovery(**options):
    return Board("--load", factory(), "--button", "PC13=50ms", "--usb", "OTG_FS=usbip:0", **options)


def both_slots():
    """One BIN from the M7's slot to the end of the M4's, as docs/usb.md makes it."""
    new = update()
    return write("slots.bin", new["m7"].ljust(APP["m4"] - APP["m7"], b"\xff") + new["m4"])


def port_of(board):
    board.expect("waiting for a bundle by ymodem")
    return re.search(r"OTG_FS on localhost:(\d+)", board.log_text()).group(1)


def dfu_util_and_duoboot_update_both_cores():
    with board_in_recovery() as board, board_in_recovery() as other, \
            board_in_recovery(boot_m7=bootloader(DUO_DFUSE="ON")) as third:
        said, text = guest([port_of(board), port_of(other), port_of(third)],
                           {"set.duo": bundle("2.0.0"), "stranger.duo": bundle("2.0.0", key=other_key()), "slots.bin": both_slots()})
        assert "end" in said, text[-3000:]
        for name in ("set (.duo)", "M7 image", "M4 image"):
            assert f'name="{name}"' in said["list"], said["list"]
        assert "rc 0" in said["upload"], said["upload"]
        want = subprocess.run(["sha256sum", image("m7", "1.0.0")], capture_output=True, text=True, check=True).stdout.split()[0]
        assert want in said["upload"], said["upload"]
        assert "rc 0" not in said["stranger"] and "signed by another key" in said["stranger"] + board_text(board), said["stranger"]
        assert "rc 0" not in said["wrong-alternate"], said["wrong-alternate"]
        assert "rc 0" in said["download"], said["download"]
        assert "rc 0" in said["second"], said["second"]
        assert 'name="@Internal Flash   /0x08000000/16*128Kg"' in said["dfuse"], said["dfuse"]
        assert "bootloader rc 0" not in said["dfuse"] and "\nrc 0" in said["dfuse"], said["dfuse"]
        for each in (board, other, third):
            each.expect(r"app: m7 2\.0\.0 beat \d+, m4 2\.0\.0", 120)


def board_text(board):
    board.read(0.2)
    return board.seen


require_programs()
dfu_util_and_duoboot_update_both_cores()
print("ok dfu_util_and_duoboot_update_both_cores")

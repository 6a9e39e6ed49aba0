"""System calls refused to a child that reads what strangers wrote, and the seccomp filter that refuses them.

A list of what is refused, not of what is allowed: what a parser may need differs from library to library,
what reaches out of a process does not. Numbers are of the two kinds of machine that servers are.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

_BOTH = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_open": 434, "clone3": 435, "openat2": 437, "pidfd_getfd": 438, "mount_setattr": 442,
    "fchmodat2": 452,
}  # fmt: skip
_X86_64 = {
    "open": 2, "shmget": 29, "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45,
    "sendmsg": 46, "recvmsg": 47, "bind": 49, "listen": 50, "socketpair": 53, "clone": 56, "fork": 57,
    "vfork": 58, "execve": 59, "kill": 62, "semget": 64, "msgget": 68, "truncate": 76, "ftruncate": 77,
    "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87, "symlink": 88,
    "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101, "syslog": 103,
    "capset": 126, "rt_sigqueueinfo": 129, "utime": 132, "mknod": 133, "personality": 135,
    "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144, "pivot_root": 155, "chroot": 161,
    "mount": 165, "umount2": 166, "swapon": 167, "reboot": 169, "init_module": 175, "quotactl": 179,
    "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198,
    "fremovexattr": 199, "tkill": 200, "sched_setaffinity": 203, "tgkill": 234, "utimes": 235,
    "mq_open": 240, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "ioprio_set": 251,
    "openat": 257, "mkdirat": 258, "mknodat": 259, "fchownat": 260, "futimesat": 261, "unlinkat": 263,
    "renameat": 264, "linkat": 265, "symlinkat": 266, "fchmodat": 268, "unshare": 272, "utimensat": 280,
    "accept4": 288, "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "recvmmsg": 299, "prlimit64": 302,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "sendmmsg": 307, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "renameat2": 316,
    "memfd_create": 319, "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323,
}  # fmt: skip
_AARCH64 = {
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "ioprio_set": 30, "mknodat": 33, "mkdirat": 34, "unlinkat": 35, "symlinkat": 36, "linkat": 37,
    "renameat": 38, "umount2": 39, "mount": 40, "pivot_root": 41, "truncate": 45, "ftruncate": 46,
    "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "openat": 56, "quotactl": 60,
    "utimensat": 88, "capset": 91, "personality": 92, "unshare": 97, "kexec_load": 104, "init_module": 105,
    "syslog": 116, "ptrace": 117, "sched_setparam": 118, "sched_setscheduler": 119, "sched_setaffinity": 122,
    "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "setpriority": 140, "reboot": 142,
    "mq_open": 180, "msgget": 186, "semget": 190, "shmget": 194, "socket": 198, "socketpair": 199,
    "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206, "recvfrom": 207,
    "sendmsg": 211, "recvmsg": 212, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220,
    "execve": 221, "swapon": 224, "rt_tgsigqueueinfo": 240, "perf_event_open": 241, "accept4": 242,
    "recvmmsg": 243, "prlimit64": 261, "name_to_handle_at": 264, "open_by_handle_at": 265, "setns": 268,
    "sendmmsg": 269, "process_vm_readv": 270, "process_vm_writev": 271, "finit_module": 273,
    "renameat2": 276, "memfd_create": 279, "bpf": 280, "execveat": 281, "userfaultfd": 282,
    "kexec_file_load": 294,
}  # fmt: skip
_TABLES = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}
_OPENING = ("open", "openat", "openat2", "creat")
_PARTLY = ("clone", "clone3", "prlimit64")

_ALLOW, _KILL, _EPERM, _ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_PR_SET_SECCOMP, _FILTER = 22, 2


def numbers() -> dict[str, int]:
    """This machine's numbers by name; nothing where it is another kind of machine."""
    if sys.platform != "linux" or sys.maxsize < 2**32 or platform.machine() not in _TABLES:
        return {}
    return {**_TABLES[platform.machine()][1], **_BOTH}


def refuse(*, opening: bool) -> bool:
    """Refuse this process every call that reaches out of it. It must have given up new rights before.

    :param opening: refuse opening files as well; all code must be loaded by then.
    :returns: whether the filter stands.
    """
    known = numbers()
    if not known:
        return False
    program = _program(known, opening)
    octets = ctypes.create_string_buffer(program, len(program))
    asked = _Program(len(program) // 8, ctypes.addressof(octets))
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(asked), 0, 0)) == 0


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _program(known: dict[str, int], opening: bool) -> bytes:
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _TABLES[platform.machine()][0]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        # A second way to every call on x86: numbers with this bit.
        (_JUMP_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _EPERM),
    ]
    whole = [name for name in known if name not in _PARTLY and (opening or name not in _OPENING)]
    for name in whole:
        steps += [(_JUMP_EQUAL, 0, 1, known[name]), (_RETURN, 0, 0, _EPERM)]
    # glibc falls back to `clone`, whose flags can be looked at.
    steps += [(_JUMP_EQUAL, 0, 1, known["clone3"]), (_RETURN, 0, 0, _ENOSYS)]
    # Threads and the process's own limits, but no processes and nobody else's limits.
    steps += [(_JUMP_EQUAL, 0, 3, known["clone"]), (_LOAD, 0, 0, _FIRST_ARGUMENT),
              (_JUMP_BITS, 5, 0, _CLONE_THREAD), (_RETURN, 0, 0, _EPERM)]  # fmt: skip
    steps += [(_JUMP_EQUAL, 0, 3, known["prlimit64"]), (_LOAD, 0, 0, _FIRST_ARGUMENT),
              (_JUMP_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _EPERM)]  # fmt: skip
    steps += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)

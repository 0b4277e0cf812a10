# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the VM scripts share: messages, the cache outside the checkout, where a
# kernel's files are, and talking to a QEMU monitor.  Sourced, never run.

svcgate_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
vm_me=$(basename "$0")

# The kernels of Debian 12 that the module is built for and tested on.
vm_debian_kernels=(6.1 6.12)

note()
{
	printf '%s: %s\n' "$vm_me" "$1" >&2
}

# die WHAT-AND-WHY [CURE]
die()
{
	note "$1"
	[ $# -lt 2 ] || printf '%s: %s\n' "$vm_me" "$2" >&2
	exit 1
}

die_usage()
{
	note "$1"
	note "see scripts/$vm_me --help"
	exit 2
}

need_arg()
{
	[ $# -ge 2 ] || die_usage "$1 needs a value"
}

need_command()
{
	command -v "$1" >/dev/null || die "$1 is not installed" "run scripts/setup"
}

# --- cache -----------------------------------------------------------------

vm_cache=${SVCGATE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/svcgate}

# cache_tmp NAME: a new directory, in vm_tmp, that a finished part is renamed
# from; on the cache's file system, and gone with this process.
vm_tmps=()
cache_tmp()
{
	mkdir -p "$vm_cache/tmp"
	vm_tmp=$(mktemp -d "$vm_cache/tmp/$1.XXXXXX")
	chmod 755 "$vm_tmp"
	vm_tmps+=("$vm_tmp")
	trap cache_cleanup EXIT
}

cache_cleanup()
{
	rm -rf "${vm_tmps[@]}"
}

# Held until this process ends; a second run waits and then finds the work done.
cache_lock()
{
	mkdir -p "$vm_cache"
	exec {vm_lock_fd}>"$vm_cache/$1.lock"
	flock -n "$vm_lock_fd" && return
	note "waiting for another run that prepares $1"
	flock "$vm_lock_fd"
}

cache_unlock()
{
	exec {vm_lock_fd}>&-
}

linux_source_tarball()
{
	local f=/usr/src/linux-source-6.1.tar.xz
	[ -e "$f" ] || die "$f is missing (package linux-source-6.1)" "run scripts/setup"
	echo "$f"
}

linux_source_version()
{
	dpkg-query -W -f '${Version}' linux-source-6.1 2>/dev/null ||
		die "package linux-source-6.1 is not installed" "run scripts/setup"
}

linux_source_dir()
{
	echo "$vm_cache/linux-source-$(linux_source_version)"
}

debug_kernel_dir()
{
	local hash
	hash=$(sha256sum "$svcgate_top/scripts/debug.config")
	echo "$vm_cache/debug-$(linux_source_version)-${hash:0:12}"
}

# --- kernels ---------------------------------------------------------------

# kernel_root VER: the directory with everything of one kernel, or an error.
kernel_root()
{
	local dir cure
	case $1 in
	6.1|6.12) dir=$vm_cache/kernel-$1 cure=scripts/setup ;;
	debug) dir=$(debug_kernel_dir) cure=scripts/debug-kernel ;;
	*) die_usage "unknown kernel '$1' (known: ${vm_debian_kernels[*]} debug)" ;;
	esac
	[ -d "$dir" ] || die "kernel $1 is not in $vm_cache" "run $cure"
	echo "$dir"
}

kernel_release()
{
	local root
	root=$(kernel_root "$1")
	if [ "$1" = debug ]; then
		sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' \
			"$root/include/generated/utsrelease.h"
	else
		cat "$root/release"
	fi
}

kernel_build_dir()
{
	local root
	root=$(kernel_root "$1")
	if [ "$1" = debug ]; then
		echo "$root"
	else
		echo "$root/usr/src/linux-headers-$(kernel_release "$1")"
	fi
}

# Debian's as an uncompressed ELF: QEMU starts it through PVH, and software
# emulation does not have to run the decompressor (3 s of a boot of 5 s).  Not
# for the debug kernel: KASAN is not up yet where PVH enters.
kernel_image()
{
	local root
	root=$(kernel_root "$1")
	if [ "$1" = debug ]; then echo "$root/bzImage"; else echo "$root/vmlinux"; fi
}

kernel_modules_dir()
{
	local root
	root=$(kernel_root "$1")
	echo "$root/lib/modules/$(kernel_release "$1")"
}

# --- QEMU ------------------------------------------------------------------

# vm_machine MEMORY-MiB: the arguments that every machine has in common, in the
# array vm_qemu.
vm_machine()
{
	need_command qemu-system-x86_64
	vm_qemu=(qemu-system-x86_64 -nodefaults -display none
		-machine q35 -accel "tcg,thread=multi,tb-size=128" -cpu max -smp 2
		-m "$1")
}

# KASAN's shadow and quarantine, lockdep's tables and kmemleak's records want room.
vm_memory()
{
	if [ "$1" = debug ]; then echo 512; else echo 192; fi
}

# random.trust_cpu: without a seed file the generator would come up only after
# seconds of interrupts.  The crypto self-tests are kept where a product would
# run them; under KASAN they are a third of the boot.  nohz=off: the kernel would
# switch the key of its timers late in the boot, see vm_stale_breakpoint.
vm_kernel_args()
{
	local extra=
	[ "$1" != debug ] || extra=cryptomgr.notests=1
	echo "console=ttyS0,115200 rdinit=/init random.trust_cpu=on mitigations=off no_timer_check nohz=off $extra"
}

# vm_stale_breakpoint CONSOLE: did the kernel die of QEMU's own mistake? A kernel
# that switches a static key puts a breakpoint there for a moment; with a thread for
# each processor QEMU 7.2 may run that breakpoint after it is gone and nobody waits
# for it. One boot in sixty on a loaded machine. What ran there then runs again.
vm_stale_breakpoint()
{
	grep -q 'Oops: int3' "$1" 2>/dev/null
}

# pid_is_qemu PID PIDFILE: whether PID is the QEMU that was started with PIDFILE,
# so that a recycled number is never signalled.
pid_is_qemu()
{
	[ -n "$1" ] && tr '\0' '\n' <"/proc/$1/cmdline" 2>/dev/null |
		grep -qxF -- "$2"
}

# qmp SOCKET COMMAND [ARGUMENTS]: one monitor command; prints its answer.
qmp()
{
	local line in out pid r=1
	need_command socat
	# A QEMU that dies in the middle is an error here, not a signal.
	trap '' PIPE
	coproc QMP { exec socat - "UNIX-CONNECT:$1" 2>/dev/null; }
	# bash forgets the variables of a coprocess the moment it ends.
	in=${QMP[1]} out=${QMP[0]} pid=$QMP_PID
	printf '{"execute":"qmp_capabilities"}\n{"execute":"%s","arguments":%s,"id":1}\n' \
		"$2" "${3:-{\}}" >&"$in" || true
	while IFS= read -r -t 10 -u "$out" line; do
		case $line in
		*'"id": 1'*'"error"'*|*'"error"'*'"id": 1'*) note "monitor: $line"; break ;;
		*'"id": 1'*) printf '%s\n' "$line"; r=0; break ;;
		esac
	done
	exec {in}>&-
	wait "$pid" || true
	trap - PIPE
	return "$r"
}

# hmp SOCKET COMMAND...: commands for QEMU's human monitor, one after the other;
# prints the answer of each on a line.
hmp()
{
	local socket=$1 line in out pid command r=0
	shift
	need_command socat
	trap '' PIPE
	coproc HMP { exec socat - "UNIX-CONNECT:$socket" 2>/dev/null; }
	in=${HMP[1]} out=${HMP[0]} pid=$HMP_PID
	printf '{"execute":"qmp_capabilities"}\n' >&"$in" || true
	for command in "$@"; do
		printf '{"execute":"human-monitor-command","id":1,"arguments":{"command-line":"%s"}}\n' \
			"$command" >&"$in" || true
		while r=1 && IFS= read -r -t 10 -u "$out" line; do
			[[ $line == *'"id": 1'* ]] || continue
			[[ $line =~ \"return\":\ \"([^\"]*)\" ]] && r=0 && echo "${BASH_REMATCH[1]}"
			break
		done
		[ "$r" = 0 ] || break
	done
	exec {in}>&-
	wait "$pid" || true
	trap - PIPE
	return "$r"
}

# wait_until SECONDS COMMAND...: poll until the command succeeds; false when the
# time is over.
wait_until()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# Descriptors of the caller (locks, pipes of make) must not live on in a daemon.
close_inherited()
{
	local fd
	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || [ "$fd" = 255 ] || eval "exec $fd>&-"
	done
}

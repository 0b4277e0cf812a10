# shellcheck shell=bash disable=SC2034 # variables are the stories'
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the stories of a whole device share: TAP, the host tool with what it must
# answer, devices in QEMU, an issuer. Sourced, never run.
#
# A story is a script of functions that `try` runs, one test each. Inside of it
# every expectation that fails is noted; the test fails when one was.
#
# Environment: SVCGATE_BUILD or B is where the tools are (build/), KERNELS the
# kernels to tell the story on (6.1 6.12). Dependencies beyond the device VM's:
# python3 (reads JSON), debugfs of e2fsprogs (damages a disk).

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export SVCGATE_BUILD=${SVCGATE_BUILD:-${B:-$top/build}}
export PATH=$SVCGATE_BUILD:$top/scripts:$PATH:/sbin:/usr/sbin LC_ALL=C.UTF-8
KERNELS=${KERNELS:-6.1 6.12}

# Where a path of a socket stays short.
work=$(mktemp -d "${TMPDIR:-/tmp}/svcgate-story.XXXXXX")
export XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config XDG_RUNTIME_DIR=$work
export SVCGATE_ISSUER_DIR=$work/issuer
unset SVCGATE_PORT

# --- TAP ---------------------------------------------------------------------

story=$(basename "$0")
count=0
failures=0
problems=()

leave()
{
	local code=$? dir
	trap - EXIT
	for dir in "$work"/*/qemu.pid; do
		[ ! -e "$dir" ] || device-vm remove --dir "${dir%/*}" >/dev/null 2>&1
	done
	rm -rf "$work"
	exit "$code"
}
trap leave EXIT
trap 'exit 130' INT TERM

# result NAME: what the expectations since the last one say
result()
{
	count=$((count + 1))
	if [ ${#problems[@]} -eq 0 ]; then
		echo "ok $count - $story: $1"
		return 0
	fi
	failures=$((failures + 1))
	echo "not ok $count - $story: $1"
	printf '%s\n' "${problems[@]}" | sed 's/^/# /'
	problems=()
	return 1
}

# try NAME COMMAND...: one test
try()
{
	local name=$1
	shift
	"$@"
	result "$name" || true
}

problem()
{
	problems+=("$*")
}

# The last line of a story.
plan()
{
	echo "1..$count"
	[ "$failures" -eq 0 ]
}

# give_up NAME: without this the rest of the story means nothing
give_up()
{
	[ ${#problems[@]} -ne 0 ] || problem "this must not happen"
	result "$1" || true
	plan
	exit 1
}

# --- expectations ------------------------------------------------------------

# equal WHAT GOT WANTED
equal()
{
	[ "$2" = "$3" ] || problem "$1 is '$2', not '$3'"
}

# has WHAT TEXT PART...
has()
{
	local what=$1 text=$2 part
	shift 2
	for part; do
		[[ $text == *"$part"* ]] || problem "$what has no '$part': $text"
	done
}

lacks()
{
	local what=$1 text=$2 part
	shift 2
	for part; do
		[[ $text != *"$part"* ]] || problem "$what has '$part': $text"
	done
}

# tool CODE WORDS...: run svcgate; what it printed goes to out and err
tool()
{
	local wanted=$1 code=0
	shift
	out=$(svcgate "$@" 2>"$work/stderr" </dev/null) || code=$?
	err=$(cat "$work/stderr")
	[ "$code" = "$wanted" ] ||
		problem "svcgate $*: exit code $code, not $wanted; $err; $out"
}

# as_json CODE WORDS...: the same, for scripts
as_json()
{
	local wanted=$1
	shift
	tool "$wanted" "$@" --output json
}

# value EXPRESSION: of the JSON in out, which is d; text as it is
value()
{
	python3 -c '
import json, sys
d = json.loads(sys.argv[1])
v = eval(sys.argv[2])
print(v if isinstance(v, str) else json.dumps(v, sort_keys=True))' "$out" "$1" 2>&1 |
		tail -n 1
}

# json EXPRESSION WANTED
json()
{
	equal "$1" "$(value "$1")" "$2"
}

# A refusal, with the cure that everybody can follow.
forbidden()
{
	tool 3 "$@"
	has "stderr of $*" "$err" "Device access is forbidden" "capability select"
	equal "stdout of $*" "$out" ""
}

# rejected NAME WORDS...: because of the selected file
rejected()
{
	local name=$1
	shift
	as_json 5 "$@"
	json '[d["error"]["name"], "capability select --none" in d["error"]["cure"]]' \
		"[\"$name\", true]"
}

select_file()
{
	tool 0 device capability select --capability-file "$1"
}

select_none()
{
	tool 0 device capability select --none
}

# --- the device --------------------------------------------------------------

# boot DIRECTORY OPTIONS...: sets device and SVCGATE_PORT; a device that does
# not start ends the story.
boot()
{
	local output
	dir=$work/$1
	shift
	if ! output=$(device-vm start --dir "$dir" "$@" 2>"$work/stderr"); then
		problem "$(cat "$work/stderr")"
		give_up "device $dir starts"
	fi
	SVCGATE_PORT=$(sed -n 's/^PORT=//p' <<<"$output")
	device=$(sed -n 's/^DEVICE=//p' <<<"$output")
	export SVCGATE_PORT
}

cut_power()
{
	device-vm cut --dir "$dir" 2>"$work/stderr" || problem "cut: $(cat "$work/stderr")"
}

# inside COMMAND: in the device, as root; its output goes to out, the exit code
# to code
inside()
{
	code=0
	out=$(device-vm run --dir "$dir" "$1" 2>"$work/stderr") || code=$?
	[ ! -s "$work/stderr" ] || problem "in the device: $(cat "$work/stderr")"
}

# The kernel of the device has nothing to complain about.
clean_log()
{
	inside 'dmesg | grep -E "WARNING: |BUG: |Oops|KASAN|UBSAN|general protection|Call Trace" ||
		true'
	equal "the kernel's log" "$out" ""
}

# until_true SECONDS COMMAND...: poll; false when the time is over
until_true()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# goodbye: the device's log is clean; forget the device
goodbye()
{
	try "$1: nothing in the kernel's log" clean_log
	device-vm remove --dir "$dir" >/dev/null 2>&1
}

# --- the maker ---------------------------------------------------------------

issuer()
{
	if ! svcgate-issuer "$@" >"$work/issuer.out" 2>&1; then
		problem "$(cat "$work/issuer.out")"
		give_up "svcgate-issuer $*"
	fi
}

# begin_issuer: sets audience, and keys to the directory of its keys
begin_issuer()
{
	local roots=${SVCGATE_ROOTS:-$top/keys/development/root.der}
	issuer init --keys "$(dirname "${roots%% *}")"
	audience=$(cat "$SVCGATE_ISSUER_DIR/audience")
	keys=$SVCGATE_ISSUER_DIR/keys
}

# new_device NUMBER: an ID of its own, registered
new_device()
{
	device_id=$(printf '5c9a7e00000000000000000000%06x' "$1")
	issuer device register "$device_id"
}

# issue NAME OPTIONS...: a capability file $work/NAME.cap for $device_id; its
# serial and generation go to serial and generation
issue()
{
	local name=$1
	shift
	issuer capability issue --device "$device_id" --output-file "$work/$name.cap" "$@"
	serial=$(sed -n 's/^Serial *//p' "$work/issuer.out")
	generation=$(sed -n 's/^Generation *//p' "$work/issuer.out")
}

# make_key NAME OPTIONS-OF-GENPKEY...: a key and its certificate, in $keys
make_key()
{
	local name=$1
	shift
	openssl genpkey -out "$keys/$name.key" "$@" 2>"$work/openssl.out" &&
		openssl req -new -x509 -sha256 -days 36500 -subj "/CN=svcgate story $name" \
			-key "$keys/$name.key" -outform DER -out "$keys/$name.der" \
			2>"$work/openssl.out" && return
	problem "$(cat "$work/openssl.out")"
	give_up "a key $name"
}

# flip FILE OFFSET [BIT]: one bit of a file; a negative offset counts from the end
flip()
{
	python3 - "$@" <<-'END'
		import sys
		data = bytearray(open(sys.argv[1], "rb").read())
		data[int(sys.argv[2])] ^= 1 << int(sys.argv[3] if len(sys.argv) > 3 else 0)
		open(sys.argv[1], "wb").write(data)
	END
}

# shellcheck shell=bash disable=SC2034 # variables are the stories'
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the stories of a bad line share: a device with the tests' maker's operations
# behind linesim, and transfers that are compared. Sourced, never run.

# shellcheck source=tests/stories/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# SVCGATE_SEED=number repeats a run; the default never changes.
seed=${SVCGATE_SEED:-4}
RANDOM=$seed
echo "# $story: SVCGATE_SEED=$seed"

make -s -C "$top/tests/ops" B="$SVCGATE_BUILD" &&
	make -s -C "$top/tests/line" B="$SVCGATE_BUILD" || give_up "linesim builds"

export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
line_pid=''

# When the story is left: before the directory with its socket goes.
end_line()
{
	[ -z "$line_pid" ] || kill "$line_pid" 2>/dev/null
	line_pid=''
}
trap 'end_line; leave' EXIT

# tell WORDS...: a command for the line; its answer goes to told
tell()
{
	told=$("$SVCGATE_BUILD/tests/line/linesim" --tell "$work/line.control" "$@" 2>&1) ||
		problem "linesim $*: $told"
}

# line_count END NAME: of linesim's statistics
line_count()
{
	tell stats
	sed -n "s/^$1 .*\b$2=\([0-9]*\).*/\1/p" <<<"$told"
}

# begin_line SETTINGS: between the device's port and $work/line, where the host is now
begin_line()
{
	: >"$work/line.out"
	"$SVCGATE_BUILD/tests/line/linesim" --end-b "$SVCGATE_PORT" --link-a "$work/line" \
		--control "$work/line.control" --line "seed=$seed $1" >"$work/line.out" 2>&1 &
	line_pid=$!
	until_true 20 grep -q '^ready' "$work/line.out" || {
		problem "linesim: $(cat "$work/line.out")"
		give_up "a line to the device"
	}
	device_port=$SVCGATE_PORT
	SVCGATE_PORT=$work/line
}

# boot_line KERNEL SETTINGS: a finished device with the operations, a capability
# selected that permits them, and a line before it
boot_line()
{
	boot "$1" --kernel "$1" --device-id "$device_id" --audience "$audience" \
		--keystore "$work/keystore" --state DeviceComplete \
		--add "$SVCGATE_BUILD/test-ops/ops.d:/etc/svcgate/ops.d" \
		--add "$SVCGATE_BUILD/test-ops/link:/usr/libexec/maker/link"
	begin_line "$2"
	select_file "$work/service.cap"
}

# begin_maker: what boot_line() needs
begin_maker()
{
	begin_issuer
	new_device 1
	issuer keystore build --output-file "$work/keystore"
	issue service --capability fieldServicing
}

# random_file NAME BYTES: the same bytes in every run with this seed
random_file()
{
	python3 -c 'import random, sys
sys.stdout.buffer.write(random.Random(sys.argv[1]).randbytes(int(sys.argv[2])))' \
		"$seed $1" "$2" >"$work/$1"
}

# request NAME ID: the arguments of sink and sink-size
request()
{
	python3 -c 'import sys
name = sys.argv[1].encode()
sys.stdout.buffer.write(b"\xa1\x01" + bytes([0x60 + len(name)]) + name)' "$1" \
		>"$work/$1.request"
}

# upload NAME: the file of this name into the sink; what it says goes to out
upload()
{
	request "$1"
	as_json 0 device op run 0x8001 --payload-file "$work/$1.request" \
		--input-file "$work/$1" --size-op 0x8003
}

# kept NAME: the device has the same bytes
kept()
{
	inside "sha256sum <'/tmp/link/$1'"
	equal "SHA-256 of $1 in the device" "${out%% *}" "$(sha256sum <"$work/$1" | cut -d' ' -f1)"
}

# echoed NAME: the device gives back the same bytes
echoed()
{
	rm -f "$work/back"
	as_json 0 device op run 0x8000 --input-file "$work/$1" --output-file "$work/back"
	cmp "$work/$1" "$work/back" >"$work/cmp.out" 2>&1 ||
		problem "what was echoed: $(cat "$work/cmp.out")"
}

# SPDX-License-Identifier: GPL-2.0-or-later
#
# bash completion for svcgate. The words come from the tool itself, so that they
# are those of the installed version.

_svcgate_files()
{
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_svcgate_ports()
{
	mapfile -t COMPREPLY < <(compgen -W "$(
		for port in /dev/ttyUSB* /dev/ttyACM* /dev/serial/by-id/*; do
			[ -e "$port" ] && echo "$port"
		done)" -- "$1")
}

_svcgate_ops()
{
	mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" device op list 2>/dev/null |
		awk 'NR > 2 { print $2 }')" -- "$1")
}

# The value of an option; fails when the option before takes none.
_svcgate_value()
{
	case $1 in
	--capability-file | --image-package | --input-file | --output-file | --payload-file) _svcgate_files "$2" ;;
	--state) mapfile -t COMPREPLY < <(compgen -W "Module1Complete DeviceComplete" -- "$2") ;;
	--port) _svcgate_ports "$2" ;;
	--output | -o) mapfile -t COMPREPLY < <(compgen -W "json table" -- "$2") ;;
	--baud | --speed) mapfile -t COMPREPLY < <(compgen -W "9600 57600 115200 230400 460800 921600 3000000" -- "$2") ;;
	--size-op) _svcgate_ops "$2" ;;
	--device | -d | --component-id | --timeout) COMPREPLY=() ;;
	*) return 1 ;;
	esac
}

# Words typed so far, without options and their values.
_svcgate_typed()
{
	local i

	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--capability-file | --image-package | --state | --port | --output | -o | \
		--baud | --device | -d | --component-id | --timeout | --input-file | \
		--output-file | --payload-file | --size-op | --speed) ((i++)) ;;
		-*) ;;
		*) echo "${COMP_WORDS[i]}" ;;
		esac
	done
}

_svcgate()
{
	local tool=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} typed line rest found=

	COMPREPLY=()
	_svcgate_value "${COMP_WORDS[COMP_CWORD - 1]}" "$word" && return
	typed=$(_svcgate_typed | tr '\n' ' ')

	local words=()
	while read -r line; do
		rest=${line%% --*}
		if [[ "$rest " == "$typed" ]]; then
			found=1
			mapfile -t COMPREPLY < <(compgen -W "${line#"$rest"}" -- "$word")
		elif [[ "$rest " == "$typed"* ]]; then
			rest=${rest#"$typed"}
			words+=("${rest%% *}")
		elif [[ $typed == "$rest "* ]]; then
			found=1
		fi
	done < <("$tool" --list-words 2>/dev/null)
	if [ -n "$found" ]; then
		case $typed in
		"device capability explain ") [[ $word == -* ]] || _svcgate_files "$word" ;;
		"device op run ") [[ $word == -* ]] || _svcgate_ops "$word" ;;
		"device can ") [[ $word == -* ]] || mapfile -t COMPREPLY < <(
			compgen -W "$("$tool" device can --list 2>/dev/null |
				awk 'NR > 2 { print $2 }')" -- "$word") ;;
		esac
		return
	fi
	[[ $word == -* ]] && words=(--help --version --output)
	mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$word" | sort -u)
}

complete -F _svcgate svcgate

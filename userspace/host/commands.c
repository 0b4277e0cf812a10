// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of commands. Help, completion and "can --list" are printed from it.
 */
#include "svcgate.h"

/* A device that restarts meanwhile is back by then. */
#define CHANGE_TIMEOUT	60

const struct command commands[] = {
	{
		.words = "device show-attached",
		.run = cmd_show_attached,
		.options = OPTION_PORT,
		.ops = { SVCGATE_OP_IDENTIFY },
		.help = "show the attached device's ID and port",
		.more = "Works in every state of the device, also when it is locked.",
	},
	{
		.words = "device list-attached",
		.run = cmd_list_attached,
		.options = OPTION_PORT | OPTION_ALL,
		.ops = { SVCGATE_OP_IDENTIFY },
		.help = "list the attached devices",
		.more = "Asks the ports that --port, SVCGATE_PORT or ~/.config/svcgate/ports "
			"name; with\n--all also every USB serial adapter, whatever is behind it.",
	},
	{
		.words = "device rescan-attached",
		.run = cmd_list_attached,
		.options = OPTION_PORT | OPTION_ALL,
		.ops = { SVCGATE_OP_IDENTIFY },
		.help = "the same as list-attached: each call looks anew",
	},
	{
		.words = "device show-os-version",
		.run = cmd_show_os_version,
		.options = OPTION_PORT,
		.ops = { SVCGATE_OP_OS_VERSION },
		.help = "show the versions of the device's software",
	},
	{
		.words = "device restart",
		.run = cmd_restart,
		.options = OPTION_PORT | OPTION_NO_WAIT | OPTION_TIMEOUT,
		.timeout = 120,
		.ops = { SVCGATE_OP_RESTART, SVCGATE_OP_IDENTIFY },
		.help = "restart the device and wait until it answers again",
	},
	{
		.words = "device can",
		.run = cmd_can,
		.options = OPTION_PORT | OPTION_LIST | OPTION_COMPONENT,
		.operand = "[OP]",
		.ops = { SVCGATE_OP_CAN },
		.help = "ask whether an operation is allowed now, without doing it",
		.more = "OP is a name from --list, or a number. Exit code 0: yes, 3: no. --list "
			"prints\nevery operation with what it needs; that takes no device.",
	},
	{
		.words = "device op run",
		.run = cmd_op_run,
		.options = OPTION_PORT | OPTION_INPUT_FILE | OPTION_OUTPUT_FILE |
			   OPTION_PAYLOAD_FILE | OPTION_SIZE_OP | OPTION_SPEED |
			   OPTION_TIMEOUT,
		.timeout = 60,
		.operand = "OP",
		.help = "carry out an operation of the device's maker",
		.more = "OP is a number from 0x8000 on, or a name from "
			"~/.config/svcgate/ops. Data that\ncomes back goes to standard output without "
			"--output-file. With --size-op an\ninterrupted upload goes on where it was "
			"once the port is back; the offset is\nkey 2 of the request.",
	},
	{
		.words = "device op list",
		.run = cmd_op_list,
		.help = "list the names of operations that this computer knows",
		.more = "One NAME NUMBER a line in ~/.config/svcgate/ops; # begins a comment.",
	},
	{
		.words = "device capability show-attached",
		.run = cmd_capability_show_attached,
		.options = OPTION_PORT | OPTION_ALL,
		.ops = { SVCGATE_OP_CAPABILITY_LIST },
		.help = "show the device's capabilities",
		.more = "fieldServicing that an unfinished device has by itself is shown with "
			"--all only,\nwhich also shows where each capability comes from.",
	},
	{
		.words = "device capability show-selected",
		.run = cmd_capability_show_selected,
		.help = "show which capability file is selected",
	},
	{
		.words = "device capability select",
		.run = cmd_capability_select,
		.options = OPTION_NONE | OPTION_CAPABILITY_FILE,
		.help = "choose a capability file that travels with each operation",
		.more = "Nothing is stored on a device. The choice holds for this user until "
			"--none; set\nXDG_STATE_HOME to keep several choices apart.",
	},
	{
		.words = "device capability explain",
		.run = cmd_capability_explain,
		.options = OPTION_PORT,
		.operand = "FILE",
		.ops = { SVCGATE_OP_CAN },
		.help = "show what a capability file says and opens",
		.more = "With --port or --device the device is asked whether it would accept the "
			"file.",
	},
	{
		.words = "device capability update",
		.run = cmd_capability_update,
		.options = OPTION_PORT | OPTION_CAPABILITY_FILE | OPTION_TIMEOUT,
		.timeout = CHANGE_TIMEOUT,
		.ops = { SVCGATE_OP_CAPABILITY_UPDATE, SVCGATE_OP_IDENTIFY,
			 SVCGATE_OP_OUTCOME },
		.help = "store a capability file on the device (sideload it)",
		.more = "It holds, also over a power cut, until another file takes its place; the "
			"blank\nfile locks the device again. The file is its own permission: this works on "
			"a\nlocked device. To open a device for yourself and leave nothing behind, use\n"
			"svcgate device capability select.",
	},
	{
		.words = "device manufacturing-state show",
		.run = cmd_manufacturing_state_show,
		.options = OPTION_PORT,
		.ops = { SVCGATE_OP_STATE_SHOW },
		.help = "show the device's manufacturing state",
	},
	{
		.words = "device manufacturing-state update",
		.run = cmd_manufacturing_state_update,
		.options = OPTION_PORT | OPTION_STATE | OPTION_KEEP | OPTION_YES |
			   OPTION_TIMEOUT,
		.timeout = CHANGE_TIMEOUT,
		.ops = { SVCGATE_OP_STATE_UPDATE, SVCGATE_OP_STATE_SHOW,
			 SVCGATE_OP_CAPABILITY_LIST, SVCGATE_OP_IDENTIFY,
			 SVCGATE_OP_OUTCOME },
		.help = "move the device to its next manufacturing state, for ever",
		.more = "Says what is lost and asks before it does so; scripts say --yes. The state "
			"that\nthe device has already is done.",
	},
	{
		.words = "device sideload deploy",
		.run = cmd_sideload_deploy,
		.options = OPTION_PORT | OPTION_IMAGE_PACKAGE | OPTION_TIMEOUT,
		.timeout = CHANGE_TIMEOUT,
		.ops = { SVCGATE_OP_KEYSTORE_UPDATE, SVCGATE_OP_IDENTIFY,
			 SVCGATE_OP_OUTCOME },
		.help = "put a package on the device; for now, a trusted keystore",
		.more = "What the file is, is seen from the file itself. A keystore is its own "
			"permission:\nthis works on a locked device.",
	},
	{
		.words = "device keystore show",
		.run = cmd_keystore_show,
		.options = OPTION_PORT,
		.ops = { SVCGATE_OP_KEYSTORE_SHOW },
		.help = "show the device's trusted keystore",
	},
};

const size_t command_count = ARRAY_SIZE(commands);

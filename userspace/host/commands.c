// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of commands. Help, completion and "can --list" are printed from it.
 */
#include "svcgate.h"

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
		.words = "device manufacturing-state show",
		.run = cmd_manufacturing_state_show,
		.options = OPTION_PORT,
		.ops = { SVCGATE_OP_STATE_SHOW },
		.help = "show the device's manufacturing state",
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * svcgate: locks the serial service port of a device in the kernel and opens
 * it, operation by operation, to signed device capabilities.
 *
 * uapi/PROTOCOL.md says what goes over the wire and stands in files;
 * uapi/linux/svcgate.h is the contract with user space. To read the module:
 * frame.c, blob.c, content.c, policy.c, gate.c are pure; session.c,
 * transaction.c and request.c are the way of a request; hold.c and ldisc.c
 * are the tty.
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/module.h>
#include <linux/suspend.h>

#include "keystore.h"
#include "netlink.h"
#include "port.h"

static char *hold = "";
module_param(hold, charp, 0444);
MODULE_PARM_DESC(hold, "ports to hold: name[:baud][:rtscts],... (ttyS1:115200)");

static bool hold_wait;
module_param(hold_wait, bool, 0444);
MODULE_PARM_DESC(hold_wait, "a port of hold= that is not there yet is no error");

static bool allow_console;
module_param(allow_console, bool, 0444);
MODULE_PARM_DESC(allow_console, "also hold ports that the kernel uses as console");

static char *device_id = "";
module_param(device_id, charp, 0444);
MODULE_PARM_DESC(device_id, "device ID, hex; else svcgated tells it");

module_param_named(ldisc, svcgate_ldisc_number, int, 0444);
MODULE_PARM_DESC(ldisc, "number of the line discipline (29, N_DEVELOPMENT)");

/* What is agreed with a host before the device sleeps is over when it wakes. */
static int before_sleep(struct notifier_block *block, unsigned long event, void *data)
{
	if (event == PM_SUSPEND_PREPARE || event == PM_HIBERNATION_PREPARE)
		svcgate_port_end_sessions(SVCGATE_REASON_END_SUSPEND);
	return NOTIFY_DONE;
}

static struct notifier_block svcgate_pm = { .notifier_call = before_sleep };

static int __init svcgate_init(void)
{
	int error;

	error = svcgate_keystore_init();
	if (error)
		return error;
	error = svcgate_device_init(device_id);
	if (error)
		goto err_device;
	error = svcgate_port_init();
	if (error)
		goto err_port;
	error = svcgate_ldisc_init();
	if (error)
		goto err_ldisc;
	error = svcgate_netlink_init();
	if (error)
		goto err_netlink;
	error = register_pm_notifier(&svcgate_pm);
	if (error)
		goto err_pm;
	error = svcgate_hold_init(hold, hold_wait, allow_console);
	if (error)
		goto err_hold;
	return 0;

err_hold:
	unregister_pm_notifier(&svcgate_pm);
err_pm:
	svcgate_netlink_exit();
err_netlink:
	svcgate_ldisc_exit();
err_ldisc:
	svcgate_port_exit();
err_port:
	svcgate_device_exit();
err_device:
	svcgate_keystore_exit();
	return error;
}

/* No port is held: each would hold the module. */
static void __exit svcgate_exit(void)
{
	unregister_pm_notifier(&svcgate_pm);
	svcgate_netlink_exit();
	svcgate_ldisc_exit();
	svcgate_port_exit();
	svcgate_device_exit();
	svcgate_keystore_exit();
}

module_init(svcgate_init);
module_exit(svcgate_exit);

MODULE_DESCRIPTION("Serial service port, locked until a signed capability opens it");
MODULE_AUTHOR("svcgate developers");
MODULE_LICENSE("GPL");

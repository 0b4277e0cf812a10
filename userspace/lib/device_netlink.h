/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The gate's generic netlink family, as its client sees it.
 */
#ifndef _SVCGATE_DEVICE_NETLINK_H
#define _SVCGATE_DEVICE_NETLINK_H

#include "pure.h"

struct device_netlink;

/**
 * struct device_info - what the kernel knows of the device
 * @id: device ID
 * @id_length: its bytes, 0 as long as it is not set
 * @audience: all 00 as long as it is not set
 * @state: manufacturing state in force
 * @sealed: configuration is over
 * @keystore_version: of the keystore in force, 0 without one
 * @epoch: in force
 * @generation: lowest in force
 * @change: change of trust that waits for the helper, 0 for none
 * @change_ended: the last one that ended, 0 for none
 * @change_reason: &enum svcgate_reason of it: done, or why it was not
 */
struct device_info {
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t id_length;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	u8 state;
	bool sealed;
	u32 keystore_version;
	u32 epoch;
	u32 generation;
	u64 change;
	u64 change_ended;
	u16 change_reason;
};

/**
 * struct device_floors - what may not go down, as a state backend counted it
 * @keystore_version: lowest version of a keystore
 * @epoch: lowest epoch
 * @generation: lowest generation of capability files
 */
struct device_floors {
	u32 keystore_version;
	u32 epoch;
	u32 generation;
};

/**
 * struct device_port - a port that the kernel holds
 * @name: of the tty
 * @number: N of /dev/svcgateN
 * @flags: &enum svcgate_port_flag
 * @baud: rate of its line now, bits a second
 * @counters: by &enum svcgate_counter
 */
struct device_port {
	char name[SVCGATE_PORT_NAME_SIZE];
	u32 number;
	u32 flags;
	u32 baud;
	u64 counters[__SVCGATE_COUNTER_MAX];
};

/**
 * struct device_port_request - a port to be held
 * @name: of the tty, without /dev/
 * @baud: bits a second, 0 for the kernel's default
 * @rtscts: with hardware flow control
 * @allow_console: also where the kernel's console is
 */
struct device_port_request {
	char name[SVCGATE_PORT_NAME_SIZE];
	u32 baud;
	bool rtscts;
	bool allow_console;
};

/**
 * struct device_verdict - what the kernel says of a file it was given
 * @reason: &enum svcgate_reason, done when the file is in force
 * @detail: what the reason says it is
 * @change: of a file that was loaded after the seal and accepted: the change of
 *	trust with whose end it is in force; 0 when it is already
 */
struct device_verdict {
	u16 reason;
	u16 detail;
	u64 change;
};

/**
 * struct device_rule - one row of the table of operations, as in force
 * @op: &enum svcgate_op, or a maker's
 * @name: its name
 * @flags: &enum svcgate_row_flag
 * @mask: ids that allow it whatever its object
 * @image_mask: ids that allow it for some images
 */
struct device_rule {
	u16 op;
	char name[32];
	u32 flags;
	u64 mask;
	u64 image_mask;
};

/**
 * struct device_capability - a capability in force and where it comes from
 * @id: &enum svcgate_capability_id
 * @origin: &enum svcgate_origin
 */
struct device_capability {
	u8 id;
	u8 origin;
};

int device_netlink_open(struct device_netlink **ret_netlink);
void device_netlink_close(struct device_netlink *netlink);
const char *device_netlink_message(const struct device_netlink *netlink);

int device_netlink_version(struct device_netlink *netlink, unsigned int *ret_version);
int device_netlink_get_device(struct device_netlink *netlink, struct device_info *ret_info);
int device_netlink_get_ports(struct device_netlink *netlink, struct device_port *ret_ports,
			     size_t size, size_t *ret_count);
int device_netlink_get_policy(struct device_netlink *netlink, struct device_rule *ret_rules,
			      size_t size, size_t *ret_count);
int device_netlink_get_capabilities(struct device_netlink *netlink,
				    struct device_capability *ret_capabilities,
				    size_t size, size_t *ret_count);

int device_netlink_attach(struct device_netlink *netlink,
			  const struct device_port_request *request);
int device_netlink_detach(struct device_netlink *netlink, const char *name);
int device_netlink_set_device(struct device_netlink *netlink, const void *id, size_t length,
			      const u8 audience[SVCGATE_AUDIENCE_SIZE]);
int device_netlink_set_state(struct device_netlink *netlink, u8 state);
int device_netlink_set_floors(struct device_netlink *netlink,
			      const struct device_floors *floors);
int device_netlink_set_keystore(struct device_netlink *netlink, const void *content,
				size_t length, struct device_verdict *ret_verdict);
int device_netlink_set_capability(struct device_netlink *netlink, const void *file,
				  size_t length, struct device_verdict *ret_verdict);
int device_netlink_set_rule(struct device_netlink *netlink, u16 op, const char *name,
			    u64 mask);
int device_netlink_seal(struct device_netlink *netlink);
int device_netlink_load_keystore(struct device_netlink *netlink, const void *file,
				 size_t length, struct device_verdict *ret_verdict);
int device_netlink_load_capability(struct device_netlink *netlink, const void *file,
				   size_t length, struct device_verdict *ret_verdict);

#endif /* _SVCGATE_DEVICE_NETLINK_H */

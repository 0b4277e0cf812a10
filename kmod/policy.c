// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * The table of operations: the one place that says what an op needs (P7). Pure.
 *
 * An op that is not in it is refused. The kernel enforces it; the tool, the
 * tests and netlink print it.
 */
#include "gate.h"

#define APP	BIT_ULL(SVCGATE_CAPABILITY_APP_DEVELOPMENT)
#define RF	BIT_ULL(SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE)
#define FIELD	BIT_ULL(SVCGATE_CAPABILITY_FIELD_SERVICING)

#define ROW(id, text, bits, any, image)				\
	{							\
		.op = SVCGATE_OP_##id,				\
		.name = (text),					\
		.flags = (bits),				\
		.mask = (any),					\
		.image_mask = (image),				\
	}

/* The rules of DESIGN: always, fieldServicing or appDevelopment, ... */
#define ALWAYS(id, text, by)	ROW(id, text, SVCGATE_ROW_ALWAYS | (by), 0, 0)
#define SERVICE(id, text, by)	ROW(id, text, by, FIELD | APP, 0)
#define DEVELOP(id, text, by)	ROW(id, text, by, APP, 0)
#define RADIO(id, text)		ROW(id, text, 0, RF, 0)
#define TEMPORARY(id, text) \
	ROW(id, text, OBJECT | SVCGATE_ROW_TEMPORARY, APP, FIELD)

#define KERNEL	SVCGATE_ROW_KERNEL
#define STORE	SVCGATE_ROW_STORE
#define OBJECT	SVCGATE_ROW_OBJECT
#define INSTALL	(SVCGATE_ROW_OBJECT | SVCGATE_ROW_INSTALL)

const struct svcgate_rule svcgate_policy[] = {
	ALWAYS(IDENTIFY, "identify", KERNEL),
	ALWAYS(CAN, "can", KERNEL | OBJECT),
	ALWAYS(OUTCOME, "outcome", KERNEL),
	ALWAYS(CHALLENGE, "challenge", KERNEL),
	SERVICE(SPEED, "speed", KERNEL),

	SERVICE(CAPABILITY_LIST, "capability-list", KERNEL),
	ALWAYS(CAPABILITY_UPDATE, "capability-update", STORE),
	SERVICE(KEYSTORE_SHOW, "keystore-show", KERNEL),
	ALWAYS(KEYSTORE_UPDATE, "keystore-update", STORE),
	SERVICE(STATE_SHOW, "state-show", KERNEL),
	SERVICE(STATE_UPDATE, "state-update", STORE),

	SERVICE(OS_VERSION, "os-version", 0),
	SERVICE(RESTART, "restart", 0),
	SERVICE(LOG_SHOW, "log-show", 0),
	SERVICE(LOG_AUDIT, "log-audit", 0),
	SERVICE(READY, "ready", 0),

	ROW(IMAGE_INSTALL, "image-install", INSTALL, APP, FIELD),
	DEVELOP(IMAGE_INSTALL_MANUAL, "image-install-manual", INSTALL),
	TEMPORARY(IMAGE_DELETE, "image-delete"),
	SERVICE(IMAGE_LIST, "image-list", 0),
	SERVICE(IMAGE_QUOTA, "image-quota", 0),
	DEVELOP(IMAGE_RECOVER, "image-recover", INSTALL | SVCGATE_ROW_RECOVERY),

	TEMPORARY(APP_START, "app-start"),
	TEMPORARY(APP_STOP, "app-stop"),
	DEVELOP(APP_DEBUG, "app-debug", OBJECT),
	SERVICE(APP_STATUS, "app-status", 0),
	DEVELOP(APP_MEMORY, "app-memory", 0),

	SERVICE(CERTIFICATE_ADD, "certificate-add", 0),
	SERVICE(CERTIFICATE_DELETE, "certificate-delete", 0),
	SERVICE(CERTIFICATE_LIST, "certificate-list", 0),
	SERVICE(CERTIFICATE_SHOW, "certificate-show", 0),
	SERVICE(CERTIFICATE_QUOTA, "certificate-quota", 0),

	SERVICE(NETWORK_INTERFACES, "network-interfaces", 0),
	SERVICE(NETWORK_FIREWALL, "network-firewall", 0),
	SERVICE(NETWORK_STATUS, "network-status", 0),
	SERVICE(NETWORK_DIAGNOSTICS, "network-diagnostics", 0),
	SERVICE(NETWORK_ENABLE, "network-enable", 0),
	SERVICE(NETWORK_DISABLE, "network-disable", 0),
	SERVICE(NETWORK_HARDWARE_ADDRESS, "network-hardware-address", 0),
	SERVICE(NETWORK_PROXY_APPLY, "network-proxy-apply", 0),
	SERVICE(NETWORK_PROXY_ENABLE, "network-proxy-enable", 0),
	SERVICE(NETWORK_PROXY_DISABLE, "network-proxy-disable", 0),
	SERVICE(NETWORK_PROXY_DELETE, "network-proxy-delete", 0),
	SERVICE(NETWORK_PROXY_SHOW, "network-proxy-show", 0),

	SERVICE(WIFI_ADD, "wifi-add", 0),
	SERVICE(WIFI_LIST, "wifi-list", 0),
	SERVICE(WIFI_SCAN, "wifi-scan", 0),
	SERVICE(WIFI_STATUS, "wifi-status", 0),
	SERVICE(WIFI_ENABLE, "wifi-enable", 0),
	SERVICE(WIFI_DISABLE, "wifi-disable", 0),
	SERVICE(WIFI_FORGET, "wifi-forget", 0),
	SERVICE(WIFI_SHOW, "wifi-show", 0),
	SERVICE(WIFI_RELOAD, "wifi-reload", 0),

	RADIO(RF_RUN, "rf-run"),
	RADIO(RF_LIST, "rf-list"),
	RADIO(FUSE_READ, "fuse-read"),
	RADIO(FUSE_WRITE, "fuse-write"),
};

const unsigned int svcgate_policy_count = ARRAY_SIZE(svcgate_policy);

/**
 * svcgate_policy_find() - find the row of an op
 * @op: its number
 *
 * Return: the row, or NULL: such an op is refused.
 */
const struct svcgate_rule *svcgate_policy_find(u16 op)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(svcgate_policy); i++)
		if (svcgate_policy[i].op == op)
			return &svcgate_policy[i];
	return NULL;
}

/**
 * svcgate_policy_defaults() - capabilities that a manufacturing state brings
 * @state: &enum svcgate_state; anything else counts as DeviceComplete
 *
 * Return: mask of capability ids.
 */
u64 svcgate_policy_defaults(u8 state)
{
	switch (state) {
	case SVCGATE_STATE_BLANK:
		return RF | FIELD;
	case SVCGATE_STATE_MODULE1_COMPLETE:
		return FIELD;
	default:
		return 0;
	}
}

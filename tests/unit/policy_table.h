/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of operations, written by hand from the table that people read: what
 * kmod/policy.c is judged by. Change it only when that one changed, by hand.
 */
#ifndef _SVCGATE_TESTS_POLICY_TABLE_H
#define _SVCGATE_TESTS_POLICY_TABLE_H

#include "gate.h"
#include "unit.h"

#define AD	(1ULL << 11)
#define RF	(1ULL << 12)
#define FS	(1ULL << 13)
#define MAKER	(1ULL << 40)

/*
 * rule: - always, F fieldServicing or appDevelopment, A appDevelopment,
 * R enableRfTestMode, T appDevelopment, or fieldServicing for a temporary
 * production image, I appDevelopment, or fieldServicing for a production image
 * that displaces nothing newer and no lasting one by a temporary one,
 * V recovery mode, by version; outside of it A.
 * object: o. by: k kernel, s kernel and store, x an executor.
 */
struct row {
	u16 op;
	const char *name;
	char rule, object, by;
};

static const struct row table[] = {
	{ 0x0001, "identify", '-', ' ', 'k' },
	{ 0x0002, "can", '-', 'o', 'k' },
	{ 0x0003, "outcome", '-', ' ', 'k' },
	{ 0x0004, "challenge", '-', ' ', 'k' },
	{ 0x0005, "speed", 'F', ' ', 'k' },
	{ 0x0010, "capability-list", 'F', ' ', 'k' },
	{ 0x0011, "capability-update", '-', ' ', 's' },
	{ 0x0012, "keystore-show", 'F', ' ', 'k' },
	{ 0x0013, "keystore-update", '-', ' ', 's' },
	{ 0x0014, "state-show", 'F', ' ', 'k' },
	{ 0x0015, "state-update", 'F', ' ', 's' },
	{ 0x0020, "os-version", 'F', ' ', 'x' },
	{ 0x0021, "restart", 'F', ' ', 'x' },
	{ 0x0022, "log-show", 'F', ' ', 'x' },
	{ 0x0023, "log-audit", 'F', ' ', 'x' },
	{ 0x0024, "ready", 'F', ' ', 'x' },
	{ 0x0030, "image-install", 'I', 'o', 'x' },
	{ 0x0031, "image-install-manual", 'A', 'o', 'x' },
	{ 0x0032, "image-delete", 'T', 'o', 'x' },
	{ 0x0033, "image-list", 'F', ' ', 'x' },
	{ 0x0034, "image-quota", 'F', ' ', 'x' },
	{ 0x0035, "image-recover", 'V', 'o', 'x' },
	{ 0x0040, "app-start", 'T', 'o', 'x' },
	{ 0x0041, "app-stop", 'T', 'o', 'x' },
	{ 0x0042, "app-debug", 'A', 'o', 'x' },
	{ 0x0043, "app-status", 'F', ' ', 'x' },
	{ 0x0044, "app-memory", 'A', ' ', 'x' },
	{ 0x0050, "certificate-add", 'F', ' ', 'x' },
	{ 0x0051, "certificate-delete", 'F', ' ', 'x' },
	{ 0x0052, "certificate-list", 'F', ' ', 'x' },
	{ 0x0053, "certificate-show", 'F', ' ', 'x' },
	{ 0x0054, "certificate-quota", 'F', ' ', 'x' },
	{ 0x0060, "network-interfaces", 'F', ' ', 'x' },
	{ 0x0061, "network-firewall", 'F', ' ', 'x' },
	{ 0x0062, "network-status", 'F', ' ', 'x' },
	{ 0x0063, "network-diagnostics", 'F', ' ', 'x' },
	{ 0x0064, "network-enable", 'F', ' ', 'x' },
	{ 0x0065, "network-disable", 'F', ' ', 'x' },
	{ 0x0066, "network-hardware-address", 'F', ' ', 'x' },
	{ 0x0067, "network-proxy-apply", 'F', ' ', 'x' },
	{ 0x0068, "network-proxy-enable", 'F', ' ', 'x' },
	{ 0x0069, "network-proxy-disable", 'F', ' ', 'x' },
	{ 0x006a, "network-proxy-delete", 'F', ' ', 'x' },
	{ 0x006b, "network-proxy-show", 'F', ' ', 'x' },
	{ 0x0070, "wifi-add", 'F', ' ', 'x' },
	{ 0x0071, "wifi-list", 'F', ' ', 'x' },
	{ 0x0072, "wifi-scan", 'F', ' ', 'x' },
	{ 0x0073, "wifi-status", 'F', ' ', 'x' },
	{ 0x0074, "wifi-enable", 'F', ' ', 'x' },
	{ 0x0075, "wifi-disable", 'F', ' ', 'x' },
	{ 0x0076, "wifi-forget", 'F', ' ', 'x' },
	{ 0x0077, "wifi-show", 'F', ' ', 'x' },
	{ 0x0078, "wifi-reload", 'F', ' ', 'x' },
	{ 0x0080, "rf-run", 'R', ' ', 'x' },
	{ 0x0081, "rf-list", 'R', ' ', 'x' },
	{ 0x0082, "fuse-read", 'R', ' ', 'x' },
	{ 0x0083, "fuse-write", 'R', ' ', 'x' },
};

/* Ops whose payload is the manifest of an image to install. */
static inline bool installs(u16 op)
{
	return op == 0x0030 || op == 0x0031 || op == 0x0035;
}

/* Capabilities by state: Blank, Module1Complete, DeviceComplete. */
static const u64 by_state[] = { RF | FS, FS, 0 };

static inline u64 state_gives(unsigned int state)
{
	return state < ARRAY_SIZE(by_state) ? by_state[state] : 0;
}

/* Any of these is enough, whatever the object. */
static inline u64 enough(char rule)
{
	switch (rule) {
	case 'F':
		return FS | AD;
	case 'R':
		return RF;
	case 'A':
	case 'T':
	case 'I':
	case 'V':
		return AD;
	default:
		return 0;
	}
}

/* Any of these is enough for some images. */
static inline u64 enough_for_some(char rule)
{
	return rule == 'T' || rule == 'I' ? FS : 0;
}

#endif /* _SVCGATE_TESTS_POLICY_TABLE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel and these ports can do, and what is wrong with them.
 */
#ifndef _SVCGATED_PROBE_H
#define _SVCGATED_PROBE_H

#include "options.h"

#define PROBE_TEXT_SIZE	200
#define PROBE_MAX	(16 + 12 * SVCGATE_PORTS_MAX)

enum probe_result {
	PROBE_OK,
	PROBE_WARN,
	PROBE_FAIL,
};

/**
 * struct probe_check - one finding
 * @name: of the check, for scripts
 * @port: that it is about, or ""
 * @result: &enum probe_result
 * @text: what was found
 * @cure: what helps, or ""
 */
struct probe_check {
	char name[24];
	char port[SVCGATE_PORT_NAME_SIZE];
	enum probe_result result;
	char text[PROBE_TEXT_SIZE];
	char cure[PROBE_TEXT_SIZE];
};

/**
 * struct probe - all findings
 * @root: where /proc, /sys, /dev and /etc are; "" but in tests
 * @netlink: to the module, NULL when there is none
 * @checks: the findings
 * @count: how many
 */
struct probe {
	const char *root;
	struct device_netlink *netlink;
	struct probe_check *checks;
	size_t count;
};

int probe(const struct options *options);

/* probe.c, for the checks */
void probe_add(struct probe *probe, const char *name, const char *port,
	       enum probe_result result, const char *cure, const char *format, ...)
	__attribute__((format(printf, 6, 7)));
char *probe_read(const struct probe *probe, const char *path);
bool probe_has_word(const char *text, const char *word);

/* probe_backend.c, probe_kernel.c, probe_maker.c, probe_port.c */
void probe_backend(struct probe *probe, const struct options *options);
void probe_maker(struct probe *probe, const struct options *options);
void probe_module(struct probe *probe);
void probe_discipline(struct probe *probe);
void probe_algorithms(struct probe *probe);
void probe_keys(struct probe *probe);
void probe_digest(struct probe *probe);
void probe_port(struct probe *probe, const char *name, const struct device_port *held);
void probe_consoles(struct probe *probe, const char *name);
void probe_openers(struct probe *probe, const char *name);

#endif /* _SVCGATED_PROBE_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svcgate-issuer: the maker's security service, on files in one directory
 *
 *	audience		the product line, 32 hex digits
 *	epoch			of capability files that are issued now
 *	keystore-version	of the last keystore
 *	keystore-keys		"PURPOSE MASK NAME" a line, once a key was rotated
 *	last-keystore		the last keystore itself
 *	revoked			"SERIAL EPOCH" a line
 *	floors			"COMPONENT VERSION" a line
 *	keys/NAME.key		private key, PEM, 0600
 *	keys/NAME.der		its certificate
 *	devices/ID		one registered device, "KEY VALUE" a line
 *	issued/SERIAL		one issued capability file, "KEY VALUE" a line
 *
 * Every file is replaced whole (written aside, synced, renamed), under an
 * exclusive lock on the directory.
 *
 * Functions return 0 or a negative errno. Whoever finds an error knows most
 * about it, says it, and everybody above only passes the number on.
 */
#ifndef _SVCGATE_ISSUER_H
#define _SVCGATE_ISSUER_H

#include <stdio.h>

#include "format.h"
#include "names.h"
#include "reason.h"

struct command;

/**
 * struct invocation - one command line
 * @command: what to run
 * @argc: words from the command's last one on
 * @argv: these words
 * @dir: the issuer's directory
 * @json: --output json
 * @arguments: what is no option, after options_parse()
 */
struct invocation {
	const struct command *command;
	int argc;
	char **argv;
	const char *dir;
	bool json;
	char **arguments;
};

/**
 * struct command - one command
 * @words: how it is called
 * @arguments: what must follow besides options, as help prints it
 * @argument_count: how many
 * @help: one line
 * @run: returns &enum svcgate_exit or a negative errno
 */
struct command {
	const char *words;
	const char *arguments;
	int argument_count;
	const char *help;
	int (*run)(struct invocation *inv);
};

int cmd_init(struct invocation *inv);
int cmd_device_register(struct invocation *inv);
int cmd_device_list(struct invocation *inv);
int cmd_device_show(struct invocation *inv);
int cmd_capability_issue(struct invocation *inv);
int cmd_capability_revoke(struct invocation *inv);
int cmd_keystore_build(struct invocation *inv);
int cmd_keystore_rotate(struct invocation *inv);
int cmd_image_sign(struct invocation *inv);
int cmd_show(struct invocation *inv);

/* report.c: the only place that writes to standard error. */
int report(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));
void usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

#endif /* _SVCGATE_ISSUER_H */

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device under test: the module freshly loaded and configured, and ports on
 * ptys with a host at the other end. Include before kselftest_harness.h.
 */
#ifndef _SVCGATE_TESTS_RIG_H
#define _SVCGATE_TESTS_RIG_H

#include <linux/svcgate.h>

#include "host.h"
#include "signed.h"
#include "vmlib.h"

/* N_DEVELOPMENT, the discipline's number. */
#define RIG_LDISC	29

/* Any UUID will do as an object. */
#define RIG_OBJECT	signed_component

/**
 * struct rig_device - how the device shall be configured
 * @parameters: of the module, or NULL
 * @nameless: no device ID, and so nothing else
 * @open: not sealed
 * @stateless: no state is told
 * @state: &enum svcgate_state
 * @keystore: or NULL
 * @stored: the stored capability file, or NULL
 * @stored_before: one that was stored before @stored, or NULL
 */
struct rig_device {
	const char *parameters;
	bool nameless;
	bool open;
	bool stateless;
	u8 state;
	const struct file *keystore;
	const struct file *stored;
	const struct file *stored_before;
};

/**
 * struct rig - a process-held port and its host
 * @host: at the other end
 * @line: the pty's end with the discipline
 * @master: the host's end
 * @name: of the port
 * @door: or -1
 */
struct rig {
	struct host host;
	int line;
	int master;
	char name[SVCGATE_PORT_NAME_SIZE];
	int door;
};

int rig_load(const struct rig_device *device);
int rig_verdict(const struct file *file, bool is_keystore, u16 *ret_detail);
int rig_seal(void);
int rig_drop(u64 capabilities);

int rig_open(struct rig *rig);
void rig_close(struct rig *rig);
int rig_fresh(struct rig *rig);
u64 rig_count(const struct rig *rig, enum svcgate_counter which);
u32 rig_flags(const struct rig *rig);

int rig_open_door(struct rig *rig);
void rig_close_door(struct rig *rig);
int rig_read(const struct rig *rig, struct svcgate_door *head, void *payload, size_t size);
int rig_write(const struct rig *rig, const struct svcgate_door *head, const void *payload,
	      size_t length);
bool rig_door_is_quiet(const struct rig *rig);
int rig_admit(struct rig *rig, u16 op, struct svcgate_door *ret_request);
int rig_answer(const struct rig *rig, const struct svcgate_door *request, u16 flags,
	       u16 reason, const void *payload, size_t length);

/*
 * What a bucket gives at most since @began. The kernel's ticks may run two seconds
 * behind its clock and catch up at once, where the machine is emulated.
 */
#define RIG_BUCKET(burst, rate, began) \
	((burst) + (rate) * (vm_now() - (began) + 2000) / 1000 + 1)

/* Ask with a file, an object where the op has one, and no payload. */
struct rig_question {
	u16 op;
	u16 flags;
	const struct file *file;
	const u8 *object;
	const struct file *image;
};

int rig_ask(struct rig *rig, const struct rig_question *question, u16 *ret_detail);

#define ask(rig, ...)	rig_ask(rig, &(struct rig_question){ __VA_ARGS__ }, NULL)
#define ask_detail(rig, detail, ...) \
	rig_ask(rig, &(struct rig_question){ __VA_ARGS__ }, detail)

#endif /* _SVCGATE_TESTS_RIG_H */

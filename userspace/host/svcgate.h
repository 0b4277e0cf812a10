/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svcgate: what the commands share.
 *
 * A function that returns "an exit code" has said what went wrong when it is
 * not 0.
 */
#ifndef _SVCGATE_HOST_H
#define _SVCGATE_HOST_H

#include <stdio.h>

#include "content.h"
#include "gate.h"
#include "hex.h"
#include "link.h"
#include "names.h"
#include "output.h"
#include "reason.h"
#include "uuid.h"

/* Room for a device ID in hex. */
#define DEVICE_ID_TEXT		SVCGATE_HEX_SIZE(SVCGATE_DEVICE_ID_MAX)

/* Longest capability file. */
#define CAPABILITY_FILE_MAX \
	(sizeof(struct svcgate_envelope) + SVCGATE_CAPABILITY_MAX + 4 + \
	 SVCGATE_SIGNATURE_MAX)

/* Options besides those that every command has. */
enum option_bit {
	OPTION_PORT = 1 << 0,		/* --port, --baud, --device */
	OPTION_ALL = 1 << 1,
	OPTION_NONE = 1 << 2,
	OPTION_LIST = 1 << 3,
	OPTION_NO_WAIT = 1 << 4,
	OPTION_TIMEOUT = 1 << 5,
	OPTION_CAPABILITY_FILE = 1 << 6,
	OPTION_COMPONENT = 1 << 7,
	OPTION_STATE = 1 << 8,
	OPTION_YES = 1 << 9,
	OPTION_KEEP = 1 << 10,		/* --keep-capability */
	OPTION_IMAGE_PACKAGE = 1 << 11,
	OPTION_INPUT_FILE = 1 << 12,
	OPTION_OUTPUT_FILE = 1 << 13,
	OPTION_PAYLOAD_FILE = 1 << 14,
	OPTION_SIZE_OP = 1 << 15,
	OPTION_SPEED = 1 << 16,
};

/**
 * struct options - the command line, taken apart
 * @given: &enum option_bit of what was there
 * @ports: from --port, in order
 * @port_count: how many
 * @baud: bits a second
 * @speed: bits a second to ask for in a session, 0 for none
 * @device: ID in lower-case hex, or NULL
 * @json: --output json
 * @timeout: seconds
 * @capability_file: path, or NULL
 * @image_package: path, or NULL
 * @input_file: path, "-" for standard input, or NULL
 * @output_file: path, or NULL
 * @payload_file: path, or NULL
 * @size_op: from --size-op, NAME or number, or NULL
 * @component: from --component-id
 * @state: from --state
 * @operands: words behind the command
 * @operand_count: how many
 */
struct options {
	unsigned int given;
	const char **ports;
	size_t port_count;
	unsigned int baud;
	unsigned int speed;
	char *device;
	bool json;
	unsigned int timeout;
	const char *capability_file;
	const char *image_package;
	const char *input_file;
	const char *output_file;
	const char *payload_file;
	const char *size_op;
	u8 component[SVCGATE_UUID_SIZE];
	u8 state;
	char **operands;
	int operand_count;
};

#define COMMAND_OPS_MAX		5

/**
 * struct command - a command, and the row of its help
 * @words: as they are typed
 * @run: returns an exit code
 * @options: &enum option_bit that it knows
 * @timeout: seconds that it waits without --timeout
 * @operand: name of its operand; in brackets when it can be left out; or NULL
 * @ops: that it needs from the device, 0 at the end
 * @help: one line
 * @more: what else there is to say, or NULL
 */
struct command {
	const char *words;
	int (*run)(const struct options *options);
	unsigned int options;
	unsigned int timeout;
	const char *operand;
	u16 ops[COMMAND_OPS_MAX + 1];
	const char *help;
	const char *more;
};

extern const struct command commands[];
extern const size_t command_count;

/* Set by SIGINT and SIGTERM: waiting ends. */
extern volatile sig_atomic_t stopped;

/* options.c */
const struct command *options_parse(int argc, char **argv, struct options *ret_options);
void options_free(struct options *options);
void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* help.c */
void help_show(char **words, int count, FILE *out);
void help_words(FILE *out);

/* report.c */
void report_format(bool json);
int report(enum svcgate_exit code, const char *name, const char *cure,
	   const char *format, ...) __attribute__((format(printf, 4, 5)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
int report_link(const char *port, int error);
int report_memory(void);
int report_reason(u16 reason, const struct svcgate_reason_context *context);

/* ports.c */
int ports_list(const struct options *options, bool usb, char ***ret_ports,
	       size_t *ret_count);
void ports_free(char **ports, size_t count);

/* config.c */
int config_open(const char *name, FILE **ret_file);

/* file.c */
struct capability_file {
	char *path;
	u8 data[CAPABILITY_FILE_MAX];
	size_t length;
	u8 digest[SVCGATE_SHA256_SIZE];
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	struct svcgate_capability capability;
};

int file_load(const char *path, u8 *data, size_t size, size_t *ret_length);
int file_report(const char *path, int error);
int file_read(const char *path, struct capability_file **ret_file);
int file_open(const char *path, struct capability_file **ret_file);
int file_parse(struct capability_file *file, bool selected);
void file_free(struct capability_file *file);
void file_device(const struct capability_file *file, char out[DEVICE_ID_TEXT]);

/* selected.c */
int selected_path(char **ret_path, u8 ret_digest[SVCGATE_SHA256_SIZE]);
int selected_read(struct capability_file **ret_file);
int selected_set(const struct capability_file *file);
int selected_clear(void);

/* device.c */

/**
 * struct device - the device that a command is about
 * @link: to it
 * @port: path
 * @id: hex, empty when it was not asked for yet
 * @file: path of the capability file that travelled last, or NULL
 * @file_id: device that it is for, hex
 */
struct device {
	struct svcgate_link *link;
	char *port;
	char id[DEVICE_ID_TEXT];
	char *file;
	char file_id[DEVICE_ID_TEXT];
};

/**
 * struct ask - a request and how to treat it
 * @op: &enum svcgate_op
 * @payload: arguments
 * @length: bytes of them
 * @file: travels instead of the selected one; or NULL
 * @change: a change of trust: its outcome can be asked for, and only the device
 *	that was identified in this session gets it
 * @timeout_ms: how long to wait for a change, 0 without an end
 * @io: its data, or NULL
 */
struct ask {
	u16 op;
	const void *payload;
	size_t length;
	const struct capability_file *file;
	bool change;
	unsigned int timeout_ms;
	struct svcgate_link_io *io;
};

int device_open(const struct options *options, struct device *ret_device);
void device_close(struct device *device);
int device_reopen(const struct options *options, struct device *device);
int device_identify(struct device *device);
int device_same(struct device *device);
int device_peek(struct device *device, u16 op, struct svcgate_link_response *ret_response);
int device_probe(const struct options *options, const char *port, unsigned int hello_ms,
		 struct device *ret_device);
void device_note(const char *port, int r);
int device_transfer(struct device *device, const struct ask *ask,
		    struct svcgate_link_response *ret_response,
		    struct svcgate_reason_context *ret_context);
int device_try(struct device *device, const struct ask *ask,
	       struct svcgate_link_response *ret_response,
	       struct svcgate_reason_context *ret_context);
int device_ask(struct device *device, const struct ask *ask,
	       struct svcgate_link_response *ret_response);
int device_speed(struct device *device, unsigned int baud, unsigned int *ret_baud);
int device_short_answer(const struct device *device);

/* change.c */
int device_change(const struct options *options, struct device *device,
		  const struct ask *ask, struct svcgate_link_response *ret_response,
		  struct svcgate_reason_context *ret_context);

/* capabilities.c */

/**
 * struct capabilities - answer to capability-list, in this computer's order
 * @masks: ids in force by state, by the stored file, by the file of the request
 * @serials: of the files
 * @generation: of the stored file
 * @lease_left: seconds
 * @stored_reason: why the stored file gives nothing, else done
 */
struct capabilities {
	u64 masks[3];
	u8 serials[3][SVCGATE_SERIAL_SIZE];
	u32 generation;
	u32 lease_left;
	u16 stored_reason;
};

int capabilities_take(const struct svcgate_link_response *response,
		      struct capabilities *ret);
int capabilities_ask(struct device *device, struct capabilities *ret);
int capabilities_peek(struct device *device, struct capabilities *ret);
void capabilities_tell_stored(u16 reason);

/* ops.c */
int ops_find(const char *text, u16 *ret_op);
int ops_list(const struct options *options);

/* cbor_json.c */
void cbor_json(struct svcgate_json *json, const char *name, const u8 *data, size_t length);

/* progress.c */

/**
 * struct progress - the line about a transfer on a terminal
 * @total: bytes that are to be sent, from the beginning; 0 when that is not known
 * @before: bytes that the device had before this session
 * @shown: the line is on the screen
 * @drawn_us: when it was drawn last, of this session
 * @rate: bytes a second, of late
 * @rate_us: when @rate_bytes was taken
 * @rate_bytes: sent and received then
 */
struct progress {
	u64 total;
	u64 before;
	bool shown;
	int64_t drawn_us;
	u64 rate;
	int64_t rate_us;
	u64 rate_bytes;
};

void progress_report(void *context, const struct svcgate_link_progress *now);
void progress_clear(struct progress *progress);

/* transfer.c */

/**
 * struct transfer - an operation with its data
 * @options: of the command line
 * @device: gets the request
 * @op: the operation
 * @size_op: that tells how much of the data the device has, 0 for none
 * @payload: of the request, for svcgate_link_request
 * @length: bytes of it
 * @in_fd: what goes to the device, -1 for nothing
 * @out_fd: what comes back, -1 for nothing
 * @progress: on the terminal
 * @sum: over all sessions
 * @sessions: that it took
 * @baud: speed of the line in the last one
 * @resumed: bytes that the device had when the last one began
 * @unread: data came back for which there is no @out_fd
 */
struct transfer {
	const struct options *options;
	struct device *device;
	u16 op;
	u16 size_op;
	const u8 *payload;
	size_t length;
	int in_fd;
	int out_fd;
	struct progress progress;
	struct svcgate_link_progress sum;
	unsigned int sessions;
	unsigned int baud;
	u64 resumed;
	bool unread;
};

int transfer_run(struct transfer *transfer, struct svcgate_link_response *ret_response);

/* cmd_*.c */
int cmd_show_attached(const struct options *options);
int cmd_list_attached(const struct options *options);
int cmd_capability_show_attached(const struct options *options);
int cmd_capability_show_selected(const struct options *options);
int cmd_capability_select(const struct options *options);
int cmd_capability_explain(const struct options *options);
int cmd_capability_update(const struct options *options);
int cmd_manufacturing_state_show(const struct options *options);
int cmd_manufacturing_state_update(const struct options *options);
int cmd_sideload_deploy(const struct options *options);
int cmd_keystore_show(const struct options *options);
int cmd_show_os_version(const struct options *options);
int cmd_restart(const struct options *options);
int cmd_can(const struct options *options);
int cmd_op_run(const struct options *options);
int cmd_op_list(const struct options *options);

#endif /* _SVCGATE_HOST_H */

// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reasons in words: the table.
 *
 * A sentence says what was refused and why, a cure what to type. About a file
 * the sentence goes on after "The capability file F ...", so that each says it
 * once; see reason_text.c.
 */
#include <errno.h>

#include "reason.h"

#define ENTRY(id, text, code, what, says, helps)	\
	{						\
		.reason = SVCGATE_REASON_##id,		\
		.name = (text),				\
		.exit = SVCGATE_EXIT_##code,		\
		.detail = SVCGATE_DETAIL_##what,	\
		.sentence = (says),			\
		.cure = (helps),			\
	}

/* A file that was good once, or is good elsewhere. */
#define STALE(id, text, what, says, helps)		\
	{						\
		.reason = SVCGATE_REASON_##id,		\
		.name = (text),				\
		.exit = SVCGATE_EXIT_REJECTED,		\
		.detail = SVCGATE_DETAIL_##what,	\
		.stale = true,				\
		.sentence = (says),			\
		.cure = (helps),			\
	}

#define FORBIDDEN	"Device access is forbidden: "
#define REPEAT		"Repeat the command."
#define UPDATE_TOOL	"Update svcgate on this computer to the device's version."
#define UPDATE_DEVICE	"Update svcgate, or have the file made for this version of it."
#define LOOK_FIRST	\
	"Look at the device before you repeat the command: it may have been carried out."
#define REPEAT_CHANGE	\
	"Repeat the command when the device answers again: what is so already is not done twice."
#define DOWNLOAD	"Get a new one: svcgate device capability download."
#define DOWNLOAD_AGAIN	"Download the file again: it was damaged or altered on its way."
#define NEW_KEYSTORE	\
	"Give the device the current keystore: svcgate keystore download --output-file " \
	"trusted-keystore.bin, then svcgate device sideload deploy --image-package " \
	"trusted-keystore.bin."
#define LATER_KEYSTORE	\
	"Have the next one made (svcgate-issuer keystore build); svcgate device keystore show tells " \
	"which the device has."
#define MAKE_AGAIN	"Have the file made again; svcgate-issuer show FILE tells what is in it."

static const struct svcgate_reason_entry entries[] = {
	ENTRY(DONE, "done", DONE, NONE, "Done.", NULL),

	/* Link. */
	ENTRY(NO_SESSION, "no-session", NO_DEVICE, NONE,
	      "The device does not know this session any more.", REPEAT),
	ENTRY(IN_PROGRESS, "in-progress", FAILED, NONE,
	      "The device is still at work on this request.",
	      "Wait, then look at the device before you repeat the command."),
	ENTRY(TRANSACTION, "transaction", FAILED, NONE,
	      "The device refused the request: its number is not above the last one.",
	      "Repeat the command; if it stays so, another program uses the same port."),
	ENTRY(BUSY, "busy", FAILED, NONE,
	      "The device is busy: too many signatures had to be checked in a short time.",
	      "Wait a few seconds and repeat the command."),
	ENTRY(MESSAGE, "message", FAILED, NONE,
	      "The device refused the request: its lengths or reserved fields are wrong.",
	      UPDATE_TOOL),
	ENTRY(UNKNOWN_OP, "unknown-op", FORBIDDEN, OP,
	      FORBIDDEN "the device has no operation {detail}.",
	      "See svcgate device can --list; the device may have an older version, or no rule "
	      "of its maker for this."),
	ENTRY(TRANSACTIONS, "transactions", FAILED, NUMBER,
	      "The device is busy: {detail} operations are open, and it allows no more.",
	      "Wait until one of them has ended."),
	ENTRY(NO_RANDOM, "no-random", FAILED, NONE,
	      "The device has just started and cannot make random numbers yet.",
	      "Wait a minute and repeat the command."),
	ENTRY(OUTCOME_UNKNOWN, "outcome-unknown", FAILED, NONE,
	      "It is not known whether {op} was carried out.", REPEAT_CHANGE),
	ENTRY(NO_MEMORY, "no-memory", FAILED, NONE,
	      "The device is out of memory.",
	      "Repeat the command; if it stays so, restart the device."),
	ENTRY(PAYLOAD, "payload", FAILED, NONE,
	      "The device refused the arguments of {op}: they have the wrong form.",
	      UPDATE_TOOL),
	ENTRY(SPEED, "speed", FAILED, NONE,
	      "The device's serial port cannot go at this rate.",
	      "Ask for another rate, or leave the line at the one that it has."),

	/* Ends of sessions and transactions. */
	ENTRY(END_SILENCE, "end-silence", FAILED, NONE,
	      "The device ended the session: it heard nothing for too long.", LOOK_FIRST),
	ENTRY(END_BREAK, "end-break", FAILED, NONE,
	      "The device ended the session: there was a BREAK on the line.",
	      "Check cable and speed. " LOOK_FIRST),
	ENTRY(END_HELLO, "end-hello", FAILED, NONE,
	      "The device ended the session: another one was begun on this port.", LOOK_FIRST),
	ENTRY(END_HANGUP, "end-hangup", FAILED, NONE,
	      "The device ended the session: its port was hung up.", LOOK_FIRST),
	ENTRY(END_SUSPEND, "end-suspend", FAILED, NONE,
	      "The device ended the session: it went to sleep.",
	      "Wake the device. " LOOK_FIRST),
	ENTRY(END_DETACH, "end-detach", FAILED, NONE,
	      "The device ended the session: svcgate let go of this port.", LOOK_FIRST),
	ENTRY(END_STALLED, "end-stalled", FAILED, NONE,
	      "The device ended the session: the line took nothing from it for too long.",
	      "Check the cable, and flow control if the port uses it. " LOOK_FIRST),
	ENTRY(END_HOST, "end-host", FAILED, NONE,
	      "This computer ended the operation.", LOOK_FIRST),
	ENTRY(END_HELPER, "end-helper", FAILED, NONE,
	      "The operation's outcome is unknown: svcgated on the device has ended meanwhile.",
	      LOOK_FIRST),
	ENTRY(END_PERMISSION, "end-permission", FORBIDDEN, NONE,
	      FORBIDDEN "what permitted {op} is gone, and it was ended.",
	      "The device's state, keystore or capability has changed; see svcgate device can "
	      "{op}."),

	/* Permission. */
	ENTRY(FORBIDDEN, "forbidden", FORBIDDEN, CAPABILITY,
	      FORBIDDEN "{op} needs {needs}.", "{grants}"),
	ENTRY(NOT_CONFIGURED, "not-configured", FORBIDDEN, NONE,
	      FORBIDDEN "the device is not configured, its ID is not known yet.",
	      "Wait until svcgated has started on the device; svcgated --probe on the device "
	      "tells what is missing."),
	ENTRY(NOT_SEALED, "not-sealed", FORBIDDEN, NONE,
	      FORBIDDEN "the device has not finished its configuration.",
	      "Wait until svcgated has started on the device; svcgated --probe on the device "
	      "tells what is missing."),
	ENTRY(NOT_AVAILABLE, "not-available", FAILED, NONE,
	      "{op} is allowed, but not available on this device.",
	      "Install the program that carries it out, or a version of svcgate that has it."),
	ENTRY(NO_HELPER, "no-helper", FAILED, NONE,
	      "{op} is allowed, but svcgated is not running on the device.",
	      "Wait a few seconds and repeat the command; then restart the device."),
	ENTRY(OBJECT, "object", FAILED, OBJECT,
	      "The device refused {op}: it {detail}.",
	      "Name a component with --component-id where the operation is about one, and only "
	      "there."),
	ENTRY(IMAGE, "image", FORBIDDEN, CAPABILITY,
	      FORBIDDEN "{op} is allowed for other images only; for every image it needs {detail}.",
	      "With fieldServicing only production-signed images can be installed, in place of "
	      "nothing newer, and only temporary ones started, stopped and deleted. For this one "
	      "{grants}"),
	ENTRY(STRENGTH, "strength", FORBIDDEN, STRENGTH,
	      FORBIDDEN "{op} demands a stronger capability file, one with {detail}.",
	      "Have one made for this device: svcgate device capability challenge tells what it "
	      "must contain."),
	ENTRY(IMAGE_FLOOR, "image-floor", FORBIDDEN, NONE,
	      FORBIDDEN "the device's keystore demands a newer version of this component.",
	      "Take a newer version of the image."),

	/* Files. */
	ENTRY(NO_KEYSTORE, "no-keystore", REJECTED, NONE,
	      "cannot be checked: the device has no trusted keystore", NEW_KEYSTORE),
	ENTRY(ENVELOPE, "envelope", REJECTED, NONE,
	      "is not a signed file, or is not whole: its lengths do not fit",
	      DOWNLOAD_AGAIN),
	ENTRY(ENVELOPE_VERSION, "envelope-version", REJECTED, NUMBER,
	      "has format version {detail}, which this version of svcgate does not know",
	      UPDATE_DEVICE),
	ENTRY(KIND, "kind", REJECTED, KIND,
	      "is of another kind: {detail}", "Choose the right file."),
	ENTRY(UNKNOWN_KEY, "unknown-key", REJECTED, NONE,
	      "is signed by a key that the device does not know", NEW_KEYSTORE),
	ENTRY(PURPOSE, "purpose", REJECTED, PURPOSE,
	      "is signed by a key that is for something else: {detail}",
	      "Have it signed by the right key."),
	ENTRY(SIGNATURE, "signature", REJECTED, NONE,
	      "was altered: its signature does not fit its content", DOWNLOAD_AGAIN),
	ENTRY(ALGORITHM, "algorithm", REJECTED, NONE,
	      "is signed with an algorithm that the device's kernel cannot check",
	      "Have it signed by an RSA key, which every kernel can check."),
	ENTRY(CONTENT, "content", REJECTED, FIELD,
	      "has a field that does not fit: {detail}", MAKE_AGAIN),
	ENTRY(FIELD_MISSING, "field-missing", REJECTED, FIELD,
	      "lacks a field that it must have: {detail}", MAKE_AGAIN),
	ENTRY(FIELD_ORDER, "field-order", REJECTED, FIELD,
	      "has a field twice or out of order: {detail}", MAKE_AGAIN),
	ENTRY(FIELD_VALUE, "field-value", REJECTED, FIELD,
	      "has a field whose value is out of range: {detail}", MAKE_AGAIN),
	ENTRY(FIELD_UNKNOWN, "field-unknown", REJECTED, FIELD,
	      "has a critical field that this version of svcgate does not know: {detail}",
	      UPDATE_DEVICE),
	ENTRY(FIELD_NOT_ENFORCED, "field-not-enforced", REJECTED, FIELD,
	      "has a limit that this version of svcgate cannot enforce: {detail}", UPDATE_DEVICE),
	STALE(DEVICE, "device", NONE, "is for another device{ids}",
	      "Get one for this device: svcgate device capability download."),
	ENTRY(AUDIENCE, "audience", REJECTED, NONE,
	      "is for another product line",
	      "Get the one for this device's product line."),
	ENTRY(GRANT, "grant", REJECTED, CAPABILITY,
	      "is signed by a key that may not grant {detail}",
	      "Have it signed by a key that may, or leave that capability out."),
	STALE(STATE, "state", STATE, "does not count in the device's state, {detail}",
	      "Get one for this manufacturing state."),
	STALE(SUPERSEDED, "superseded", NONE,
	      "was superseded: the device has seen a later generation", DOWNLOAD),
	STALE(EPOCH, "epoch", NONE,
	      "is of an earlier epoch than the device's keystore demands", DOWNLOAD),
	STALE(REVOKED, "revoked", NONE, "was revoked", DOWNLOAD),
	ENTRY(NO_SIDELOAD, "no-sideload", REJECTED, NONE,
	      "may not be stored on a device",
	      "Let it travel with each operation: svcgate device capability select "
	      "--capability-file FILE."),
	ENTRY(KEYSTORE_VERSION, "keystore-version", REJECTED, NONE,
	      "has a version that is not above the one in force, or that is below the lowest which "
	      "the device accepts",
	      LATER_KEYSTORE),
	ENTRY(KEYSTORE_EPOCH, "keystore-epoch", REJECTED, NONE,
	      "has an epoch below the one in force, or below the lowest which the device accepts",
	      LATER_KEYSTORE),
	ENTRY(KEYSTORE_JUMP, "keystore-jump", REJECTED, NONE,
	      "has a version that is too far above the one in force",
	      "Deploy an earlier one that lies in between first: versions rise by 65536 at most. "
	      "svcgate device keystore show tells which the device has."),
	ENTRY(KEYSTORE_PURPOSE, "keystore-purpose", REJECTED, PURPOSE,
	      "would leave the device without a usable key for {detail}",
	      "Have one made with a key that every kernel can use: svcgate-issuer keystore rotate "
	      "--purpose {detail} --algorithm rsa:3072."),
	ENTRY(KEYSTORE_KEYS, "keystore-keys", REJECTED, NONE,
	      "changes keystore keys, but is signed by one of them",
	      "Have it signed by a root: svcgate-issuer keystore build --sign-with root."),
	ENTRY(SECTION, "section", REJECTED, SECTION,
	      "comes with a part that this version of svcgate does not support: {detail}",
	      UPDATE_DEVICE),
	ENTRY(CERTIFICATE, "certificate", REJECTED, NUMBER,
	      "has a key whose certificate cannot be read: number {detail}, counted from 0",
	      "Leave that key out, or use an algorithm that the device's kernel has."),

	/* Changes of trust. */
	ENTRY(BACKWARDS, "backwards", FAILED, NONE,
	      "The manufacturing state never goes back, and none becomes Blank.",
	      "A capability file opens a device without it: svcgate device capability select "
	      "--capability-file FILE. Its state: svcgate device manufacturing-state show."),
	ENTRY(CAPABILITY_STORED, "capability-stored", FAILED, NONE,
	      "The device stores a capability file, which would keep the port open when it is "
	      "finished.",
	      "Store the blank file first: svcgate device capability update --capability-file FILE "
	      "(svcgate-issuer capability issue --capability none makes one). Or let it stay: "
	      "--keep-capability."),
	ENTRY(NOT_STORED, "not-stored", FAILED, NONE,
	      "The device could not store the change: nothing is given by it, and what it takes away "
	      "is gone until the device restarts.",
	      "Make room on the device's disk and repeat the command."),
	ENTRY(CHANGE_PENDING, "change-pending", FAILED, NONE,
	      "The device is busy: another change is on its way.",
	      "Wait a few seconds and repeat the command."),
	ENTRY(CHANGE_RATE, "change-rate", FAILED, NONE,
	      "The device is busy: this port has made its changes for now, 4 in one go and then one "
	      "in 10 seconds.",
	      "Wait 10 seconds and repeat the command."),

	/* Executors. */
	ENTRY(EXECUTOR_FAILED, "executor-failed", FAILED, NUMBER,
	      "{op} failed on the device with error {detail}.",
	      "The device's log tells more."),
	ENTRY(EXECUTOR_ENDED, "executor-ended", FAILED, NUMBER,
	      "{op} failed: its program on the device was ended by signal {detail}.",
	      "The device's log tells more."),
	ENTRY(EXECUTOR_ARGUMENTS, "executor-arguments", FAILED, NONE,
	      "The device did not understand the arguments of {op}.", UPDATE_TOOL),
};

static const struct svcgate_link_error link_errors[] = {
	{ ENODEV, "no-port", SVCGATE_EXIT_NO_DEVICE, "no such port",
	  "Check the cable and the name; ls /dev/serial/by-id shows USB adapters." },
	{ EACCES, "port-permission", SVCGATE_EXIT_NO_DEVICE, "not permitted",
	  "Join the group that owns the port: sudo adduser $USER dialout, then log in again." },
	{ EBUSY, "port-busy", SVCGATE_EXIT_FAILED, "another program has the port",
	  "End it (fuser PORT tells which), or wait until it is done. Several svcgate share a "
	  "port at the same --baud, where XDG_RUNTIME_DIR is set." },
	{ ENOTTY, "not-a-port", SVCGATE_EXIT_NO_DEVICE, "not a serial port",
	  "Name a serial port such as /dev/ttyUSB0." },
	{ EINVAL, "baud", SVCGATE_EXIT_USAGE, "the port does not know this speed",
	  "Use a usual speed that the adapter has, such as --baud 115200." },
	{ EIO, "port-io", SVCGATE_EXIT_NO_DEVICE, "there is no hardware behind the port",
	  "Name another port." },
	{ EPIPE, "port-gone", SVCGATE_EXIT_NO_DEVICE, "the port went away",
	  "Check the cable and the adapter." },
	{ ETIMEDOUT, "no-answer", SVCGATE_EXIT_NO_DEVICE, "no answer",
	  "Check that the device is on, the cable, that this is its service port, and the speed." },
	{ ENOTCONN, "session-lost", SVCGATE_EXIT_NO_DEVICE, "the device has ended the session",
	  "Repeat the command." },
	{ ECONNRESET, "outcome-unknown", SVCGATE_EXIT_FAILED,
	  "the answer was lost, the outcome is unknown", LOOK_FIRST },
	{ EMSGSIZE, "too-long", SVCGATE_EXIT_FAILED,
	  "the request is longer than the device takes", "Use smaller files." },
	{ EPROTO, "protocol", SVCGATE_EXIT_FAILED, "the device's answer makes no sense",
	  UPDATE_TOOL },
	{ EPROTONOSUPPORT, "protocol-version", SVCGATE_EXIT_FAILED,
	  "the device speaks another version of the protocol", UPDATE_TOOL },
	{ EINTR, "stopped", SVCGATE_EXIT_FAILED, "stopped", LOOK_FIRST },
};

/* Cures of a keystore where that of other files would send people in a circle. */
static const struct {
	u16 reason;
	const char *cure;
} keystore_cures[] = {
	{ SVCGATE_REASON_UNKNOWN_KEY,
	  "Have it signed by a root that is compiled into the device's module (svcgate-issuer "
	  "keystore build --sign-with root), or by a keystore key that the device has." },
	{ SVCGATE_REASON_PURPOSE,
	  "Have it signed by a root: svcgate-issuer keystore build --sign-with root." },
	{ SVCGATE_REASON_ALGORITHM,
	  "Have it signed by a root with an RSA key, which every kernel can check." },
};

/**
 * svcgate_reason_cure_text() - what helps, before a context is put into it
 * @entry: of the reason
 * @context: kind of the file, and the operation, that it is about
 *
 * Return: a text of the table, or NULL.
 */
const char *svcgate_reason_cure_text(const struct svcgate_reason_entry *entry,
				     const struct svcgate_reason_context *context)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keystore_cures); i++)
		if (context->kind == SVCGATE_KIND_KEYSTORE &&
		    keystore_cures[i].reason == entry->reason)
			return keystore_cures[i].cure;
	/* Another version of the tool knows no more of a maker's arguments. */
	if (entry->reason == SVCGATE_REASON_EXECUTOR_ARGUMENTS &&
	    context->op >= SVCGATE_OP_MAKER)
		return "Check --payload-file against what the maker says of the operation.";
	return entry->cure;
}

/**
 * svcgate_reason_find() - a reason's entry
 * @reason: &enum svcgate_reason
 *
 * Return: the entry, or NULL when this version does not know the reason.
 */
const struct svcgate_reason_entry *svcgate_reason_find(u16 reason)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++)
		if (entries[i].reason == reason)
			return &entries[i];
	return NULL;
}

/**
 * svcgate_reason_name() - a reason's name for scripts
 * @reason: &enum svcgate_reason
 *
 * Return: the name, "unknown" when this version does not know the reason.
 */
const char *svcgate_reason_name(u16 reason)
{
	const struct svcgate_reason_entry *entry = svcgate_reason_find(reason);

	return entry ? entry->name : "unknown";
}

/**
 * svcgate_reason_exit() - exit code of a reason
 * @reason: &enum svcgate_reason
 *
 * The range tells also for a reason that this version does not know.
 */
enum svcgate_exit svcgate_reason_exit(u16 reason)
{
	const struct svcgate_reason_entry *entry = svcgate_reason_find(reason);

	if (entry)
		return entry->exit;
	switch (reason >> 8) {
	case SVCGATE_REASON_FORBIDDEN >> 8:
		return SVCGATE_EXIT_FORBIDDEN;
	case SVCGATE_REASON_NO_KEYSTORE >> 8:
		return SVCGATE_EXIT_REJECTED;
	default:
		return SVCGATE_EXIT_FAILED;
	}
}

/**
 * svcgate_reason_is_file() - is the reason about a signed file?
 * @reason: &enum svcgate_reason
 */
bool svcgate_reason_is_file(u16 reason)
{
	return reason >> 8 == SVCGATE_REASON_NO_KEYSTORE >> 8;
}

/**
 * svcgate_link_error_find() - an error of the link or the port in words
 * @error: negative errno
 *
 * Return: the entry, or NULL for an error that only strerror() knows.
 */
const struct svcgate_link_error *svcgate_link_error_find(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(link_errors); i++)
		if (link_errors[i].error == -error)
			return &link_errors[i];
	return NULL;
}

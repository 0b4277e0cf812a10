// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of revoked serials: every keystore carries it whole.
 */
#include <errno.h>
#include <stdlib.h>

#include "options.h"
#include "registry.h"

/* "SERIAL EPOCH" and the newline. */
#define LINE_MAX_SIZE	(SERIAL_TEXT_SIZE + 11)

static unsigned int place_of(const struct revoked *revoked, const u8 *serial)
{
	unsigned int i;

	for (i = 0; i < revoked->count; i++)
		if (memcmp(revoked->serials[i], serial, SVCGATE_SERIAL_SIZE) >= 0)
			break;
	return i;
}

/**
 * revoked_has() - is a serial on the list?
 * @revoked: the list
 * @serial: the serial
 *
 * Return: true if it is.
 */
bool revoked_has(const struct revoked *revoked, const u8 *serial)
{
	unsigned int at = place_of(revoked, serial);

	return at < revoked->count &&
	       !memcmp(revoked->serials[at], serial, SVCGATE_SERIAL_SIZE);
}

/* The list stays sorted: keystores demand it so. */
static int insert(struct revoked *revoked, const u8 *serial, u32 epoch)
{
	unsigned int at = place_of(revoked, serial);
	unsigned int after = revoked->count - at;

	if (revoked->count == SVCGATE_REVOKED_MAX)
		return report(-ENOSPC, "%d serials are revoked already, a keystore holds no more; raise the epoch, which ends all older files and empties the list: svcgate-issuer keystore build --epoch N",
			      SVCGATE_REVOKED_MAX);
	memmove(revoked->serials[at + 1], revoked->serials[at],
		after * SVCGATE_SERIAL_SIZE);
	memmove(&revoked->epochs[at + 1], &revoked->epochs[at],
		after * sizeof(revoked->epochs[0]));
	memcpy(revoked->serials[at], serial, SVCGATE_SERIAL_SIZE);
	revoked->epochs[at] = epoch;
	revoked->count++;
	return 0;
}

static int take_line(const char *line, struct revoked *revoked)
{
	u8 serial[SVCGATE_SERIAL_SIZE];
	size_t length;
	char *space;
	u64 epoch;
	char text[LINE_MAX_SIZE];

	if (strlen(line) >= sizeof(text))
		return -EBADMSG;
	strcpy(text, line);
	space = strchr(text, ' ');
	if (!space)
		return -EBADMSG;
	*space = '\0';
	if (svcgate_hex_decode(text, serial, sizeof(serial), &length) ||
	    length != sizeof(serial) || parse_u64(space + 1, UINT32_MAX, &epoch) ||
	    revoked_has(revoked, serial))
		return -EBADMSG;
	return insert(revoked, serial, epoch);
}

/**
 * revoked_load() - read the list
 * @store: the directory
 * @ret_revoked: the list
 *
 * Return: 0 or a negative errno, already said.
 */
int revoked_load(const struct store *store, struct revoked *ret_revoked)
{
	char *text, *line, *rest = NULL;
	int r;

	ret_revoked->count = 0;
	r = store_read_text(store, "revoked", &text);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	for (line = strtok_r(text, "\n", &rest); line && !r;
	     line = strtok_r(NULL, "\n", &rest))
		r = take_line(line, ret_revoked);
	free(text);
	if (r == -EBADMSG)
		report(r, "%s/revoked is damaged; restore it from a backup",
		       store->path);
	return r;
}

/**
 * revoked_save() - write the list
 * @store: the directory, open for change
 * @revoked: the list
 *
 * Return: 0 or a negative errno, already said.
 */
int revoked_save(const struct store *store, const struct revoked *revoked)
{
	char text[SVCGATE_REVOKED_MAX * LINE_MAX_SIZE + 1] = "";
	char serial[SERIAL_TEXT_SIZE];
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < revoked->count; i++) {
		svcgate_hex_encode(revoked->serials[i], SVCGATE_SERIAL_SIZE, serial);
		length += snprintf(text + length, sizeof(text) - length, "%s %u\n",
				   serial, revoked->epochs[i]);
	}
	return store_write(store, "revoked", text, length, 0666);
}

/**
 * revoked_add() - revoke a serial; nothing changes when it is revoked already
 * @store: the directory, open for change
 * @revoked: the list; saved with the serial in it
 * @serial: the serial in hex
 * @must_be_ours: fail when this directory did not issue it
 *
 * The file's device goes to its next generation, so that whatever is
 * sideloaded next ends the revoked file also on a device that never gets the
 * new keystore. The number is taken first: a cut in between costs one number,
 * the other order would lose it.
 *
 * Return: 0 or a negative errno, already said.
 */
int revoked_add(const struct store *store, struct revoked *revoked,
		const char *serial, bool must_be_ours)
{
	struct issued issued = { .epoch = EPOCH_UNKNOWN };
	u8 bytes[SVCGATE_SERIAL_SIZE];
	char text[SERIAL_TEXT_SIZE];
	struct device device;
	int r;

	r = serial_parse(serial, bytes);
	if (r < 0)
		return r;
	if (revoked_has(revoked, bytes))
		return 0;
	svcgate_hex_encode(bytes, sizeof(bytes), text);
	r = issued_load(store, text, &issued);
	if (r == -ENOENT && must_be_ours)
		return report(r, "The directory %s did not issue a file with serial %s; if it was issued elsewhere: svcgate-issuer keystore build --revoke %s",
			      store->path, text, text);
	if (r < 0 && r != -ENOENT)
		return r;
	if (!r) {
		r = device_load(store, issued.device, &device);
		if (!r)
			r = device_next_generation(store, &device);
		if (r < 0)
			return r;
	}
	r = insert(revoked, bytes, issued.epoch);
	return r < 0 ? r : revoked_save(store, revoked);
}

/**
 * revoked_drop_below() - forget files that the epoch ends anyway
 * @revoked: the list
 * @epoch: lowest epoch that devices accept
 */
void revoked_drop_below(struct revoked *revoked, u32 epoch)
{
	unsigned int from, to = 0;

	for (from = 0; from < revoked->count; from++) {
		if (revoked->epochs[from] < epoch)
			continue;
		memmove(revoked->serials[to], revoked->serials[from],
			SVCGATE_SERIAL_SIZE);
		revoked->epochs[to++] = revoked->epochs[from];
	}
	revoked->count = to;
}

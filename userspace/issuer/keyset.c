// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The keys that the next keystore will hold: "PURPOSE MASK NAME" a line in the
 * directory's keystore-keys. Before the first rotation there is no such file, and
 * every key that init made or copied is in.
 */
#include <errno.h>
#include <stdlib.h>

#include "hex.h"
#include "keyset.h"
#include "options.h"
#include "sign.h"

/* Digits of a key id that are enough to mean one. */
#define KEY_ID_DIGITS_MIN	8

static const struct {
	u8 purpose;
	u64 mask;
	const char *name;
} first_keys[] = {
	{ SVCGATE_PURPOSE_CAPABILITY, SVCGATE_CAPABILITY_IDS, KEY_CAPABILITY },
	{ SVCGATE_PURPOSE_IMAGE_PRODUCTION, 0, KEY_PRODUCTION_IMAGE },
	{ SVCGATE_PURPOSE_IMAGE_SDK, 0, KEY_SDK_IMAGE },
	{ SVCGATE_PURPOSE_KEYSTORE, 0, KEY_KEYSTORE },
};

static const char *first_name(u8 purpose)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(first_keys); i++)
		if (first_keys[i].purpose == purpose)
			return first_keys[i].name;
	return NULL;
}

static bool is_there(const struct store *store, const char *name, const char *suffix)
{
	char file[STORE_NAME_MAX];

	snprintf(file, sizeof(file), "keys/%s.%s", name, suffix);
	return store_has(store, file);
}

/* A directory need not have a keystore key; the other three belong to each. */
static void take_first(const struct store *store, struct keyset *keyset)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(first_keys); i++)
		if (first_keys[i].purpose != SVCGATE_PURPOSE_KEYSTORE ||
		    is_there(store, first_keys[i].name, "der"))
			keyset_add(keyset, first_keys[i].purpose, first_keys[i].mask,
				   first_keys[i].name);
}

static int take_line(char *line, struct keyset *keyset)
{
	char *mask_text = strchr(line, ' ');
	char *name = mask_text ? strchr(mask_text + 1, ' ') : NULL;
	u8 purpose;
	u64 mask;

	if (!name)
		return -EBADMSG;
	*mask_text++ = '\0';
	*name++ = '\0';
	if (svcgate_purpose_parse(line, &purpose) ||
	    parse_u64(mask_text, UINT64_MAX, &mask) || strlen(name) >= KEY_NAME_SIZE ||
	    keyset->count == SVCGATE_KEYS_MAX)
		return -EBADMSG;
	return keyset_add(keyset, purpose, mask, name);
}

/**
 * keyset_load() - read the list
 * @store: the directory
 * @ret_keyset: the list
 *
 * Return: 0 or a negative errno, already said.
 */
int keyset_load(const struct store *store, struct keyset *ret_keyset)
{
	char *text, *line, *rest = NULL;
	int r;

	ret_keyset->count = 0;
	r = store_read_text(store, "keystore-keys", &text);
	if (r == -ENOENT) {
		take_first(store, ret_keyset);
		return 0;
	}
	if (r < 0)
		return r;
	for (line = strtok_r(text, "\n", &rest); line && !r;
	     line = strtok_r(NULL, "\n", &rest))
		r = take_line(line, ret_keyset);
	free(text);
	if (r == -EBADMSG || !ret_keyset->count)
		return report(-EBADMSG, "%s/keystore-keys is damaged; restore it from a backup",
			      store->path);
	return r;
}

/**
 * keyset_save() - write the list
 * @store: the directory, open for change
 * @keyset: the list
 *
 * Return: 0 or a negative errno, already said.
 */
int keyset_save(const struct store *store, const struct keyset *keyset)
{
	char text[SVCGATE_KEYS_MAX * (KEY_NAME_SIZE + 48)];
	const struct keyset_entry *entry = keyset->entries;
	size_t length = 0;

	for (; entry < keyset->entries + keyset->count; entry++)
		length += snprintf(text + length, sizeof(text) - length,
				   "%s 0x%llx %s\n", svcgate_purpose_name(entry->purpose),
				   (unsigned long long)entry->mask, entry->name);
	return store_write(store, "keystore-keys", text, length, 0666);
}

/**
 * keyset_newest() - key of a purpose that signs
 * @keyset: the list
 * @purpose: &enum svcgate_purpose
 *
 * Return: the key, or NULL when there is none.
 */
const struct keyset_entry *keyset_newest(const struct keyset *keyset, u8 purpose)
{
	unsigned int i;

	for (i = keyset->count; i--;)
		if (keyset->entries[i].purpose == purpose)
			return &keyset->entries[i];
	return NULL;
}

/**
 * keyset_signer() - name of the key that signs for a purpose now
 * @store: the directory
 * @purpose: &enum svcgate_purpose
 * @out: the name
 *
 * Return: 0 or a negative errno, already said.
 */
int keyset_signer(const struct store *store, u8 purpose, char out[KEY_NAME_SIZE])
{
	const struct keyset_entry *entry;
	struct keyset keyset;
	int r;

	r = keyset_load(store, &keyset);
	if (r < 0)
		return r;
	entry = keyset_newest(&keyset, purpose);
	if (!entry)
		return report(-ENOENT, "There is no key for %s; make one: svcgate-issuer keystore rotate --purpose %s",
			      svcgate_purpose_name(purpose), svcgate_purpose_name(purpose));
	strcpy(out, entry->name);
	return 0;
}

/**
 * keyset_new_name() - name for a new key of a purpose
 * @store: the directory
 * @purpose: &enum svcgate_purpose
 * @out: a name that no key has, nor the rest of one that was cut short
 *
 * Return: 0 or a negative errno, already said.
 */
int keyset_new_name(const struct store *store, u8 purpose, char out[KEY_NAME_SIZE])
{
	unsigned int n;

	snprintf(out, KEY_NAME_SIZE, "%s", first_name(purpose));
	for (n = 2; is_there(store, out, "der") || is_there(store, out, "key"); n++) {
		if (n > 9999)
			return report(-ENOSPC, "There are too many keys in %s/keys",
				      store->path);
		snprintf(out, KEY_NAME_SIZE, "%s-%u", first_name(purpose), n);
	}
	return 0;
}

/**
 * keyset_add() - put a key on the list
 * @keyset: the list
 * @purpose: &enum svcgate_purpose
 * @mask: ids that it may grant
 * @name: of the key
 *
 * Return: 0 or a negative errno, already said.
 */
int keyset_add(struct keyset *keyset, u8 purpose, u64 mask, const char *name)
{
	struct keyset_entry *entry = &keyset->entries[keyset->count];

	if (keyset->count == SVCGATE_KEYS_MAX)
		return report(-ENOSPC, "A keystore holds %d keys and has them already; retire one: svcgate-issuer keystore build --retire KEY",
			      SVCGATE_KEYS_MAX);
	entry->purpose = purpose;
	entry->mask = mask;
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	keyset->count++;
	return 0;
}

static void drop(struct keyset *keyset, unsigned int at)
{
	keyset->count--;
	memmove(&keyset->entries[at], &keyset->entries[at + 1],
		(keyset->count - at) * sizeof(keyset->entries[0]));
}

/* Return: 1 when the key is meant, 0 when not, or a negative errno, already said. */
static int is_meant(const struct store *store, const char *name, const char *key)
{
	char id[SVCGATE_HEX_SIZE(SVCGATE_KEY_ID_SIZE)];
	struct certificate certificate;
	int r;

	if (!strcmp(name, key))
		return 1;
	if (strlen(key) < KEY_ID_DIGITS_MIN)
		return 0;
	r = key_certificate(store, name, &certificate);
	if (r < 0)
		return r;
	svcgate_hex_encode(certificate.key_id, sizeof(certificate.key_id), id);
	certificate_free(&certificate);
	return !strncasecmp(id, key, strlen(key));
}

/**
 * keyset_retire() - take a key off the list
 * @store: the directory
 * @keyset: the list
 * @key: name of the key, or the beginning of its id in hex
 *
 * The key's files stay, so that what it signed can still be shown.
 *
 * Return: 0 or a negative errno, already said.
 */
int keyset_retire(const struct store *store, struct keyset *keyset, const char *key)
{
	unsigned int i, found = 0, at = 0;
	int r;

	for (i = 0; i < keyset->count; i++) {
		r = is_meant(store, keyset->entries[i].name, key);
		if (r < 0)
			return r;
		if (r)
			at = i;
		found += r;
	}
	if (found != 1)
		return report(-EINVAL, found ? "--retire %s: more than one key begins so; give more digits" :
			      "--retire %s: the next keystore has no such key; a name as in keystore-keys or a key id is wanted",
			      key);
	drop(keyset, at);
	return 0;
}

/**
 * keyset_retire_older() - leave only the newest key of a purpose
 * @keyset: the list
 * @purpose: &enum svcgate_purpose
 */
void keyset_retire_older(struct keyset *keyset, u8 purpose)
{
	unsigned int i;

	for (i = keyset->count; i--;)
		if (keyset->entries[i].purpose == purpose &&
		    keyset_newest(keyset, purpose) != &keyset->entries[i])
			drop(keyset, i);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signed files for tests. Whatever goes wrong here is a broken test, not a
 * failed one: it ends the program.
 */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#include "signed.h"

#define KEYS_MAX	32

const u8 signed_device[SIGNED_DEVICE_SIZE] = "\x01\x23\x45\x67-device-under-test-0000";
const u8 signed_other_device[SIGNED_DEVICE_SIZE] =
	"\x01\x23\x45\x67-device-under-test-0001";
const u8 signed_audience[SVCGATE_AUDIENCE_SIZE] = "product-line-01";
const u8 signed_component[SVCGATE_UUID_SIZE] = "component-under";

/* A key that was read, kept for the next file. */
struct signer {
	const char *name;
	EVP_PKEY *key;
	u8 certificate[SVCGATE_CERTIFICATE_MAX];
	size_t certificate_length;
	u8 key_id[SVCGATE_KEY_ID_SIZE];
};

static void broken(const char *what, const char *name)
{
	fprintf(stderr, "# signed: %s: %s\n", what, name);
	abort();
}

static void *allocate(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		broken("no memory", "");
	return p;
}

static FILE *open_key(const char *name, const char *suffix)
{
	const char *dir = getenv("SVCGATE_FILES");
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", dir ? dir : SIGNED_KEYS, name, suffix);
	f = fopen(path, "r");
	if (!f)
		broken("cannot be opened", path);
	return f;
}

static struct signer *signer_get(const char *name)
{
	static struct signer *signers[KEYS_MAX];
	struct signer *s;
	unsigned int i;
	FILE *f;

	for (i = 0; i < KEYS_MAX && signers[i]; i++)
		if (!strcmp(signers[i]->name, name))
			return signers[i];
	if (i == KEYS_MAX)
		broken("too many keys", name);

	s = allocate(sizeof(*s));
	s->name = name;
	f = open_key(name, "key");
	s->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (!s->key)
		broken("no private key", name);
	f = open_key(name, "der");
	s->certificate_length = fread(s->certificate, 1, sizeof(s->certificate), f);
	fclose(f);
	if (!s->certificate_length)
		broken("no certificate", name);
	SHA256(s->certificate, s->certificate_length, s->key_id);
	signers[i] = s;
	return s;
}

/**
 * signed_key_id() - what files call a key
 * @signer: its name
 *
 * Return: SHA-256 of its certificate.
 */
const u8 *signed_key_id(const char *signer)
{
	return signer_get(signer)->key_id;
}

/**
 * signed_envelope() - sign any content
 * @signer: name of the key
 * @kind: &enum svcgate_kind, or anything
 * @content: what the envelope contains
 * @length: its bytes
 *
 * Return: the file.
 */
const struct file *signed_envelope(const char *signer, u8 kind, const void *content,
				   size_t length)
{
	struct signer *s = signer_get(signer);
	size_t size = SVCGATE_ENVELOPE_MAX(length), signed_length;
	size_t signature_length = SVCGATE_SIGNATURE_MAX;
	struct file *file = allocate(sizeof(*file));
	u8 signature[SVCGATE_SIGNATURE_MAX];
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	file->data = allocate(size);
	if (svcgate_envelope_begin(kind, s->key_id, content, length, file->data, size,
				   &signed_length) ||
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, s->key) != 1 ||
	    EVP_DigestSign(context, signature, &signature_length, file->data,
			   signed_length) != 1 ||
	    svcgate_envelope_end(file->data, signed_length, size, signature,
				 signature_length, &file->length))
		broken("cannot sign", signer);
	EVP_MD_CTX_free(context);
	return file;
}

/**
 * signed_copy() - a copy to be altered
 * @file: the original
 *
 * Return: the copy, with room for one byte more.
 */
struct file *signed_copy(const struct file *file)
{
	struct file *copy = allocate(sizeof(*copy));

	copy->data = allocate(file->length + 1);
	copy->length = file->length;
	memcpy(copy->data, file->data, file->length);
	return copy;
}

/* Leave the field of this type out of a content. */
static size_t drop_field(u8 *content, size_t length, u16 type)
{
	size_t at = 0, field;

	while (at < length) {
		field = sizeof(struct svcgate_field) + svcgate_get_le16(content + at + 2);
		if (svcgate_get_le16(content + at) == type) {
			memmove(content + at, content + at + field, length - at - field);
			return length - field;
		}
		at += field;
	}
	return length;
}

static size_t add_fields(u8 *content, size_t length, const struct signed_field *fields)
{
	struct svcgate_writer w;
	unsigned int i;

	svcgate_writer_init(&w, content + length, SVCGATE_CAPABILITY_MAX * 2 - length);
	for (i = 0; i < 4 && fields[i].type; i++)
		svcgate_write_field(&w, fields[i].type, fields[i].value, fields[i].length);
	return length + w.used;
}

/**
 * capability_file() - make a capability file
 * @wish: what it shall say
 *
 * Return: the file.
 */
const struct file *capability_file(const struct capability_wish *wish)
{
	u32 generation = wish->generation ? wish->generation : SIGNED_GENERATION;
	u8 serial[SVCGATE_SERIAL_SIZE], content[2 * SVCGATE_CAPABILITY_MAX];
	struct svcgate_capability cap = {
		.serial = serial,
		.device = wish->device ? wish->device : signed_device,
		.device_length = wish->device_length ? wish->device_length :
						       SIGNED_DEVICE_SIZE,
		.mask = wish->mask,
		.generation = generation - wish->generation_below,
		.epoch = SIGNED_EPOCH - wish->epoch_below,
		.flags = SVCGATE_CAPABILITY_NO_SIDELOAD,
		.states = wish->states,
	};
	size_t length;

	memset(serial, wish->serial ? wish->serial : 1, sizeof(serial));
	if (wish->no_sideload)
		cap.has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_FLAGS);
	if (wish->states)
		cap.has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_STATES);
	if (svcgate_capability_build(&cap, content, sizeof(content), &length))
		broken("capability too long", "");
	if (wish->drop)
		length = drop_field(content, length, wish->drop);
	length = add_fields(content, length, wish->extra);
	return signed_envelope(wish->signer ? wish->signer : "capability",
			       SVCGATE_KIND_CAPABILITY, content, length);
}

static const struct signed_key default_keys[] = {
	{ "capability", SVCGATE_PURPOSE_CAPABILITY, ~0ULL },
	{ "narrow", SVCGATE_PURPOSE_CAPABILITY, FS },
	{ "production-image", SVCGATE_PURPOSE_IMAGE_PRODUCTION, 0 },
	{ "sdk-image", SVCGATE_PURPOSE_IMAGE_SDK, 0 },
	{ }
};

static size_t fill_up(u8 *content, size_t length, size_t fill)
{
	static const u8 nothing[SVCGATE_KEYSTORE_MAX + 1];
	struct svcgate_writer w;
	size_t header = sizeof(struct svcgate_field);

	if (length + header > fill)
		broken("keystore is longer than it shall be", "");
	svcgate_writer_init(&w, content + length, fill - length);
	svcgate_write_field(&w, 0x0100, nothing, fill - length - header);
	return fill;
}

/**
 * keystore_file() - make a keystore
 * @wish: what it shall say
 *
 * Return: the file.
 */
const struct file *keystore_file(const struct keystore_wish *wish)
{
	const struct signed_key *from = wish->keys ? wish->keys : default_keys;
	struct svcgate_keystore_entry keys[SVCGATE_KEYS_MAX + 1] = {};
	struct svcgate_keystore_floor_entry floor = { .version = wish->floor };
	u8 revoked[8][SVCGATE_SERIAL_SIZE], *content;
	struct svcgate_keystore_plan plan = {
		.version = wish->version ? wish->version : 10,
		.audience = wish->audience ? wish->audience : signed_audience,
		.epoch = wish->epoch ? wish->epoch : SIGNED_EPOCH,
		.keys = keys,
		.revoked = revoked[0],
		.floors = &floor,
		.floor_count = wish->floor ? 1 : 0,
	};
	size_t size = SVCGATE_KEYSTORE_MAX + 1024, length;
	unsigned int i;

	for (i = 0; from[i].name; i++) {
		struct signer *s = signer_get(from[i].name);

		keys[i].purpose = from[i].purpose;
		keys[i].mask = from[i].mask;
		keys[i].certificate = s->certificate;
		keys[i].certificate_length = s->certificate_length;
	}
	plan.key_count = i;
	for (i = 0; wish->revoked && wish->revoked[i]; i++)
		memset(revoked[i], wish->revoked[i], SVCGATE_SERIAL_SIZE);
	plan.revoked_count = i;
	memcpy(floor.component, signed_component, sizeof(floor.component));

	content = allocate(size);
	if (svcgate_keystore_build(&plan, content, size, &length))
		broken("keystore too long", "");
	if (wish->fill)
		length = fill_up(content, length, wish->fill);
	return signed_envelope(wish->signer ? wish->signer : "root",
			       SVCGATE_KIND_KEYSTORE, content, length);
}

/**
 * manifest_file() - make an image manifest
 * @wish: what it shall say
 *
 * Return: the file.
 */
const struct file *manifest_file(const struct manifest_wish *wish)
{
	static const u8 image[SVCGATE_UUID_SIZE] = "image-under-test";
	static const u8 digest[SVCGATE_SHA256_SIZE] = "digest";
	struct svcgate_manifest what = {
		.type = SVCGATE_IMAGE_APPLICATION,
		.component = wish->component ? wish->component : signed_component,
		.image = image,
		.name = (const u8 *)"application",
		.name_length = 11,
		.version = wish->version,
		.flags = wish->temporary ? SVCGATE_IMAGE_TEMPORARY : 0,
		.size = 1000,
		.sha256 = digest,
	};
	u8 content[SVCGATE_MANIFEST_MAX];
	size_t length;

	if (svcgate_manifest_build(&what, content, sizeof(content), &length))
		broken("manifest too long", "");
	return signed_envelope(wish->signer ? wish->signer : "production-image",
			       SVCGATE_KIND_MANIFEST, content, length);
}

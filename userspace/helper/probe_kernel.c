// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of the kernel: the module, the discipline's number, what signatures
 * and digests need.
 */
#include <errno.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "digest.h"
#include "names.h"
#include "probe.h"

/* N_DEVELOPMENT of <linux/tty.h>, which is newer than some C libraries. */
#define DISCIPLINE	29

static void probe_device(struct probe *probe)
{
	struct device_info info;
	int r = device_netlink_get_device(probe->netlink, &info);

	if (r < 0)
		probe_add(probe, "device", NULL, PROBE_FAIL, "run svcgated --probe as root",
			  "the module does not answer: %s", strerror(-r));
	else if (!info.id_length)
		probe_add(probe, "device", NULL, PROBE_WARN, "start svcgated",
			  "the device ID is not known yet: not even identify answers");
	else if (!info.sealed)
		probe_add(probe, "device", NULL, PROBE_WARN, "start svcgated",
			  "the device is not sealed yet: it answers identify only");
	else
		probe_add(probe, "device", NULL, PROBE_OK, NULL,
			  "the device is sealed, state %s", svcgate_state_name(info.state));
}

/**
 * probe_module() - is svcgate.ko there, and of our version?
 * @probe: the findings; @probe->netlink is set when it is
 */
void probe_module(struct probe *probe)
{
	unsigned int version = 0;
	int r = device_netlink_open(&probe->netlink);

	if (r == -ENOENT) {
		probe_add(probe, "module", NULL, PROBE_FAIL,
			  "modprobe svcgate, or insmod svcgate.ko",
			  "the kernel module svcgate is not loaded");
		return;
	}
	if (r < 0) {
		probe_add(probe, "module", NULL, PROBE_FAIL,
			  "a kernel with CONFIG_NET, in the first network name space",
			  "cannot speak to the kernel over generic netlink: %s", strerror(-r));
		return;
	}
	r = device_netlink_version(probe->netlink, &version);
	if (r < 0 || version != SVCGATE_GENL_VERSION)
		probe_add(probe, "module", NULL, PROBE_FAIL,
			  "install svcgated and svcgate.ko of one release",
			  "the module speaks version %u, this program version %d", version,
			  SVCGATE_GENL_VERSION);
	else
		probe_add(probe, "module", NULL, PROBE_OK, NULL,
			  "svcgate.ko is loaded, version %u of its family", version);
	probe_device(probe);
}

/* Lines of /proc/tty/ldiscs are "name number". */
static bool discipline_owner(const char *text, unsigned int number, char owner[32])
{
	unsigned int found;
	const char *line;

	for (line = text; line && *line; line = strchr(line, '\n'), line += !!line)
		if (sscanf(line, "%31s %u", owner, &found) == 2 && found == number)
			return true;
	return false;
}

/**
 * probe_discipline() - is the number of the line discipline ours or free?
 * @probe: the findings
 */
void probe_discipline(struct probe *probe)
{
	char *text = probe_read(probe, "/proc/tty/ldiscs"), owner[32];

	if (!text)
		probe_add(probe, "discipline", NULL, PROBE_WARN, "mount /proc",
			  "/proc/tty/ldiscs cannot be read");
	else if (probe_has_word(text, "svcgate"))
		probe_add(probe, "discipline", NULL, PROBE_OK, NULL,
			  "the line discipline is registered");
	else if (discipline_owner(text, DISCIPLINE, owner))
		probe_add(probe, "discipline", NULL, PROBE_FAIL,
			  "load the module with another free number: ldisc=28",
			  "line discipline %d belongs to %s", DISCIPLINE, owner);
	else
		probe_add(probe, "discipline", NULL, PROBE_OK, NULL,
			  "line discipline %d is free", DISCIPLINE);
	free(text);
}

/**
 * struct algorithm - something the gate uses
 * @name: as in /proc/crypto
 * @module: that brings it
 * @without: what it is without
 * @what: what does not work without it
 * @cure: what helps
 */
struct algorithm {
	const char *name;
	const char *module;
	enum probe_result without;
	const char *what;
	const char *cure;
};

static const struct algorithm algorithms[] = {
	{ "sha256", "sha256_generic", PROBE_FAIL, "no signature can be checked",
	  "a kernel with CONFIG_CRYPTO_SHA256" },
	{ "rsa", "rsa_generic", PROBE_WARN, "files that RSA keys signed are refused",
	  "a kernel with CONFIG_CRYPTO_RSA" },
	{ "ecdsa-nist-p256", "ecdsa_generic", PROBE_WARN,
	  "files that ECDSA keys signed are refused",
	  "sign with RSA keys, or use a kernel with CONFIG_CRYPTO_ECDSA" },
	{ "ecdh-nist-p256", "ecdh_generic", PROBE_WARN, "sessions cannot be bound to a holder",
	  "a kernel with CONFIG_CRYPTO_ECDH" },
};

/* Is a module's file installed for this kernel, or built in? */
static bool installed(const struct probe *probe, const char *module)
{
	static const char *const lists[] = { "modules.dep", "modules.builtin" };
	char path[128], name[48];
	struct utsname system;
	bool found = false;
	char *text;
	size_t i;

	if (uname(&system) < 0)
		return false;
	snprintf(name, sizeof(name), "/%s.ko", module);
	for (i = 0; i < ARRAY_SIZE(lists) && !found; i++) {
		snprintf(path, sizeof(path), "/lib/modules/%.64s/%s", system.release, lists[i]);
		text = probe_read(probe, path);
		found = text && strstr(text, name);
		free(text);
	}
	return found;
}

static bool registered(const char *crypto, const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "name         : %s\n", name);
	return crypto && strstr(crypto, line);
}

/**
 * probe_algorithms() - what signatures and sessions need
 * @probe: the findings
 */
void probe_algorithms(struct probe *probe)
{
	char *crypto = probe_read(probe, "/proc/crypto"), cure[PROBE_TEXT_SIZE];
	const struct algorithm *algorithm;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++) {
		algorithm = &algorithms[i];
		if (registered(crypto, algorithm->name)) {
			probe_add(probe, algorithm->name, NULL, PROBE_OK, NULL,
				  "the kernel has %s", algorithm->name);
		} else if (installed(probe, algorithm->module)) {
			snprintf(cure, sizeof(cure), "modprobe %s before svcgated starts",
				 algorithm->module);
			probe_add(probe, algorithm->name, NULL, PROBE_WARN, cure,
				  "%s is not loaded, but module %s is there",
				  algorithm->name, algorithm->module);
		} else {
			probe_add(probe, algorithm->name, NULL, algorithm->without,
				  algorithm->cure, "the kernel has no %s: %s",
				  algorithm->name, algorithm->what);
		}
	}
	free(crypto);
}

/**
 * probe_keys() - does the kernel make keys of certificates?
 * @probe: the findings
 *
 * A key from one byte is refused by every parser; without the key type there
 * is nothing to refuse it.
 */
void probe_keys(struct probe *probe)
{
	long key = syscall(SYS_add_key, "asymmetric", "svcgate-probe", "", 1,
			   KEY_SPEC_PROCESS_KEYRING);

	if (key < 0 && (errno == ENODEV || errno == ENOSYS))
		probe_add(probe, "keys", NULL, PROBE_FAIL,
			  "a kernel with CONFIG_KEYS, CONFIG_ASYMMETRIC_KEY_TYPE and CONFIG_X509_CERTIFICATE_PARSER",
			  "the kernel makes no keys of certificates");
	else
		probe_add(probe, "keys", NULL, PROBE_OK, NULL,
			  "the kernel has asymmetric keys");
}

/**
 * probe_digest() - who computes the digests of the store?
 * @probe: the findings
 */
void probe_digest(struct probe *probe)
{
	struct digest digest;
	int kernel, r = digest_find(&digest, &kernel);

	digest_close(&digest);
	if (!kernel)
		probe_add(probe, "af-alg", NULL, PROBE_OK, NULL,
			  "the kernel computes SHA-256 for the store (AF_ALG)");
	else if (!r)
		probe_add(probe, "af-alg", NULL, PROBE_WARN,
			  "load algif_hash; see sysctl crypto.af_alg_restrict",
			  "AF_ALG: %s; %s computes SHA-256 for the store",
			  strerror(-kernel), DIGEST_LIBRARY);
	else
		probe_add(probe, "af-alg", NULL, PROBE_FAIL,
			  "load algif_hash, or install OpenSSL 3",
			  "nothing computes SHA-256: the store cannot be read (AF_ALG: %s)",
			  strerror(-kernel));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer capability revoke: end a capability file before its time.
 *
 * Devices hear of it from the next keystore.
 */
#include "options.h"
#include "output.h"
#include "registry.h"

int cmd_capability_revoke(struct invocation *inv)
{
	u8 serial[SVCGATE_SERIAL_SIZE];
	struct revoked revoked;
	struct output out;
	struct store store;
	int r;

	options_parse(inv, NULL, 0);
	r = serial_parse(inv->arguments[0], serial);
	if (r < 0)
		return r;
	r = store_open(inv->dir, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	r = revoked_load(&store, &revoked);
	if (!r)
		r = revoked_add(&store, &revoked, inv->arguments[0], true);
	store_close(&store);
	if (r < 0)
		return r;

	output_begin(&out, inv->json);
	output_hex(&out, "serial", "Serial", serial, sizeof(serial));
	output_bool(&out, "revoked", "Revoked", true);
	output_number(&out, "revokedCount", "Revoked in all", revoked.count);
	output_end(&out);
	if (!inv->json)
		puts("Devices hear of it from the next keystore: svcgate-issuer keystore build");
	return SVCGATE_EXIT_DONE;
}

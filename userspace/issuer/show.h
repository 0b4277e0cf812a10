/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Showing what a parsed content says.
 */
#ifndef _SVCGATE_ISSUER_SHOW_H
#define _SVCGATE_ISSUER_SHOW_H

#include "content.h"
#include "output.h"

void show_capability(struct output *out, const struct svcgate_capability *cap);
int show_keystore(struct output *out, const struct svcgate_keystore_content *keystore);
void show_manifest(struct output *out, const struct svcgate_manifest *manifest);
int show_delegation(struct output *out, const struct svcgate_delegation *delegation);

#endif /* _SVCGATE_ISSUER_SHOW_H */

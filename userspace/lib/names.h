/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The words for capabilities, states, purposes and kinds, and back.
 */
#ifndef _SVCGATE_NAMES_H
#define _SVCGATE_NAMES_H

#include "pure.h"

/* Ids that a capability may have: the named ones and the maker's, 32-63. */
#define SVCGATE_CAPABILITY_IDS \
	(BIT_ULL(SVCGATE_CAPABILITY_APP_DEVELOPMENT) | \
	 BIT_ULL(SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE) | \
	 BIT_ULL(SVCGATE_CAPABILITY_FIELD_SERVICING) | \
	 0xffffffff00000000ULL)

/* Room for every id of a mask by name, commas and NUL included. */
#define SVCGATE_CAPABILITIES_TEXT_SIZE	320

const char *svcgate_capability_name(unsigned int id);
int svcgate_capability_parse_name(const char *name, unsigned int *ret_id);
int svcgate_capabilities_parse(const char *list, u64 *ret_mask);
void svcgate_capabilities_format(u64 mask, char out[SVCGATE_CAPABILITIES_TEXT_SIZE]);

const char *svcgate_state_name(u8 state);
int svcgate_state_parse(const char *name, u8 *ret_state);
const char *svcgate_purpose_name(u8 purpose);
int svcgate_purpose_parse(const char *name, u8 *ret_purpose);
const char *svcgate_kind_name(u8 kind);
const char *svcgate_record_kind_name(u8 kind);
const char *svcgate_image_type_name(u16 type);
int svcgate_image_type_parse(const char *name, u16 *ret_type);

#endif /* _SVCGATE_NAMES_H */

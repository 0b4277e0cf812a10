/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The table of operations and the decision. Pure.
 */
#ifndef _SVCGATE_GATE_H
#define _SVCGATE_GATE_H

#include "pure.h"

/**
 * enum svcgate_strength - how a capability file must be held
 * @SVCGATE_STRENGTH_BEARER: whoever has the file
 * @SVCGATE_STRENGTH_CHALLENGE: who also answered this device's challenge
 * @SVCGATE_STRENGTH_HOLDER: who also holds the private key the file names
 */
enum svcgate_strength {
	SVCGATE_STRENGTH_BEARER = 0,
	SVCGATE_STRENGTH_CHALLENGE = 1,
	SVCGATE_STRENGTH_HOLDER = 2,
};

/**
 * struct svcgate_rule - one row of the table of operations
 * @op: &enum svcgate_op, or a maker's
 * @flags: &enum svcgate_row_flag
 * @strength: &enum svcgate_strength that a capability file needs; what the state
 *	gives needs none, and a sideloaded file is a bearer's
 * @name: as in PROTOCOL.md, the tool and JSON
 * @mask: each id in it allows the op, whatever the object
 * @image_mask: each id in it allows the op if the image fits the condition
 *	that @flags names
 */
struct svcgate_rule {
	u16 op;
	u8 flags;
	u8 strength;
	const char *name;
	u64 mask;
	u64 image_mask;
};

/**
 * struct svcgate_image - what the decision needs of one image
 * @purpose: purpose of the key that signed it, 0: no image there
 * @temporary: marked temporary
 * @version: of the image
 */
struct svcgate_image {
	u8 purpose;
	bool temporary;
	u64 version;
};

/**
 * struct svcgate_object - what the decision needs of an op's object
 * @installed: the image in place now
 * @incoming: the image that would be installed (%SVCGATE_ROW_INSTALL)
 * @floor: lowest version of the component that the keystore allows
 */
struct svcgate_object {
	struct svcgate_image installed;
	struct svcgate_image incoming;
	u64 floor;
};

/**
 * struct svcgate_effective - capabilities in force for one request
 * @by_state: by the manufacturing state
 * @sideloaded: by the stored capability file
 * @passed: by the request's credential
 * @strength: how @passed is held
 */
struct svcgate_effective {
	u64 by_state;
	u64 sideloaded;
	u64 passed;
	u8 strength;
};

extern const struct svcgate_rule svcgate_policy[];
extern const unsigned int svcgate_policy_count;

const struct svcgate_rule *svcgate_policy_find(u16 op);
u64 svcgate_policy_defaults(u8 state);

bool svcgate_gate_possible(const struct svcgate_rule *rule,
			   const struct svcgate_effective *effective,
			   bool credential);
bool svcgate_gate_needs_object(const struct svcgate_rule *rule,
			       const struct svcgate_effective *effective);
enum svcgate_reason svcgate_gate(const struct svcgate_rule *rule,
				 const struct svcgate_effective *effective,
				 const struct svcgate_object *object,
				 u16 *ret_detail);

#endif /* _SVCGATE_GATE_H */

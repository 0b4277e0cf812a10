// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * The decision: (rule, effective capabilities, object) -> verdict. Pure.
 */
#include "gate.h"

/*
 * A file counts only when it is held as strongly as the row asks. Whoever has a
 * copy can sideload it, so that a sideloaded one is a bearer's.
 */
static u64 in_force(const struct svcgate_rule *rule,
		    const struct svcgate_effective *effective)
{
	u64 mask = effective->by_state;

	if (rule->strength == SVCGATE_STRENGTH_BEARER)
		mask |= effective->sideloaded;
	if (effective->strength >= rule->strength)
		mask |= effective->passed;
	return mask;
}

static u16 lowest_id(u64 mask)
{
	u16 id;

	for (id = 0; id < SVCGATE_CAPABILITY_ID_MAX; id++)
		if (mask & BIT_ULL(id))
			break;
	return id;
}

/* fieldServicing never lowers a version nor makes a lasting image temporary. */
static bool displaces_nothing_better(const struct svcgate_image *incoming,
				     const struct svcgate_image *installed)
{
	if (!installed->purpose)
		return true;
	if (incoming->version < installed->version)
		return false;
	return installed->temporary || !incoming->temporary;
}

static bool image_fits(const struct svcgate_rule *rule,
		       const struct svcgate_object *object)
{
	if (rule->flags & SVCGATE_ROW_INSTALL)
		return object->incoming.purpose == SVCGATE_PURPOSE_IMAGE_PRODUCTION &&
		       displaces_nothing_better(&object->incoming,
						&object->installed);
	if (rule->flags & SVCGATE_ROW_TEMPORARY)
		return object->installed.purpose == SVCGATE_PURPOSE_IMAGE_PRODUCTION &&
		       object->installed.temporary;
	return false;
}

/**
 * svcgate_gate_possible() - could anything admit this op now?
 * @rule: its row
 * @effective: capabilities in force without the request's credential
 * @credential: the request carries a credential
 *
 * Asked before a signature is touched (P9, P12).
 *
 * Return: false when the op is refused whatever the credential says.
 */
bool svcgate_gate_possible(const struct svcgate_rule *rule,
			   const struct svcgate_effective *effective,
			   bool credential)
{
	u64 wanted = rule->mask | rule->image_mask;

	if (rule->flags & SVCGATE_ROW_ALWAYS)
		return true;
	if (credential)
		return wanted;
	return in_force(rule, effective) & wanted;
}

/**
 * svcgate_gate_needs_object() - does the verdict hang on the installed image?
 * @rule: row of the op
 * @effective: capabilities in force for the request
 *
 * Return: true when svcgate_gate() will look at @installed of its object.
 */
bool svcgate_gate_needs_object(const struct svcgate_rule *rule,
			       const struct svcgate_effective *effective)
{
	u64 mask = in_force(rule, effective);

	if (rule->flags & SVCGATE_ROW_ALWAYS)
		return false;
	return !(mask & rule->mask) && (mask & rule->image_mask);
}

/**
 * svcgate_gate() - the decision
 * @rule: row of the op
 * @effective: capabilities in force for the request
 * @object: the op's object; all zero for an op without one
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE to admit, else why not.
 */
enum svcgate_reason svcgate_gate(const struct svcgate_rule *rule,
				 const struct svcgate_effective *effective,
				 const struct svcgate_object *object,
				 u16 *ret_detail)
{
	u64 files = effective->sideloaded | effective->passed;
	u64 mask = in_force(rule, effective);

	if (rule->flags & SVCGATE_ROW_ALWAYS)
		return SVCGATE_REASON_DONE;
	if (!(mask & (rule->mask | rule->image_mask))) {
		if (files & (rule->mask | rule->image_mask)) {
			*ret_detail = rule->strength;
			return SVCGATE_REASON_STRENGTH;
		}
		*ret_detail = lowest_id(rule->mask | rule->image_mask);
		return SVCGATE_REASON_FORBIDDEN;
	}
	if ((rule->flags & SVCGATE_ROW_INSTALL) &&
	    object->incoming.version < object->floor)
		return SVCGATE_REASON_IMAGE_FLOOR;
	if (mask & rule->mask)
		return SVCGATE_REASON_DONE;
	if (image_fits(rule, object))
		return SVCGATE_REASON_DONE;
	*ret_detail = lowest_id(rule->mask);
	return SVCGATE_REASON_IMAGE;
}

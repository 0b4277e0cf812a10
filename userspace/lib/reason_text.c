// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reasons in words: from the table and a context to sentences.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "gate.h"
#include "names.h"
#include "reason.h"

/* Names of fields by number, without the critical bit. */
static const char * const capability_fields[] = {
	NULL, "serial", "device", "mask", "generation", "epoch", "flags", "states",
	"challenge", "lease", "holder", "not-before", "not-after", "label",
};

static const char * const keystore_fields[] = {
	NULL, "version", "audience", "epoch", "key", "revoked", "floor",
};

static const char * const manifest_fields[] = {
	NULL, "type", "component", "image", "name", "version", "flags", "size", "sha256",
};

static const char * const delegation_fields[] = {
	NULL, "certificate", "mask", "device", "lease", "generation", "epoch",
};

static const struct {
	const char * const *names;
	size_t count;
} fields[] = {
	[SVCGATE_KIND_CAPABILITY] = { capability_fields, ARRAY_SIZE(capability_fields) },
	[SVCGATE_KIND_KEYSTORE] = { keystore_fields, ARRAY_SIZE(keystore_fields) },
	[SVCGATE_KIND_MANIFEST] = { manifest_fields, ARRAY_SIZE(manifest_fields) },
	[SVCGATE_KIND_DELEGATION] = { delegation_fields, ARRAY_SIZE(delegation_fields) },
};

/**
 * svcgate_field_name() - name of a field of a signed file's content
 * @kind: &enum svcgate_kind
 * @field: its number, with or without the critical bit
 *
 * Return: the name, or NULL.
 */
const char *svcgate_field_name(u8 kind, u16 field)
{
	field &= ~SVCGATE_FIELD_CRITICAL;
	if (kind >= ARRAY_SIZE(fields) || field >= fields[kind].count)
		return NULL;
	return fields[kind].names[field];
}

static void put_capability(FILE *out, unsigned int id)
{
	const char *name = svcgate_capability_name(id);

	if (name)
		fputs(name, out);
	else
		fprintf(out, "capability %u", id);
}

static void put_named(FILE *out, const char *name, const char *what, u16 number)
{
	if (name)
		fputs(name, out);
	else
		fprintf(out, "%s %u", what, number);
}

static void put_op(FILE *out, u16 op)
{
	const struct svcgate_rule *rule = svcgate_policy_find(op);

	if (rule)
		fputs(rule->name, out);
	else if (op)
		fprintf(out, "0x%04x", op);
	else
		fputs("the operation", out);
}

static void put_field(FILE *out, const struct svcgate_reason_context *context)
{
	const char *name = svcgate_field_name(context->kind ?: SVCGATE_KIND_CAPABILITY,
					      context->detail);

	fprintf(out, "field %u", context->detail & ~SVCGATE_FIELD_CRITICAL);
	if (name)
		fprintf(out, " (%s)", name);
}

static void put_detail(FILE *out, enum svcgate_reason_detail detail,
		       const struct svcgate_reason_context *context)
{
	u16 value = context->detail;

	switch (detail) {
	case SVCGATE_DETAIL_OP:
		put_op(out, value);
		break;
	case SVCGATE_DETAIL_CAPABILITY:
		put_capability(out, value);
		break;
	case SVCGATE_DETAIL_OBJECT:
		fputs(value ? "is about a component, and none is named" :
			      "is about no component, and one is named", out);
		break;
	case SVCGATE_DETAIL_STRENGTH:
		fputs(value == SVCGATE_STRENGTH_HOLDER ? "a holder's proof" :
							 "a challenge", out);
		break;
	case SVCGATE_DETAIL_KIND:
		put_named(out, value <= UINT8_MAX ? svcgate_kind_name(value) : NULL,
			  "kind", value);
		break;
	case SVCGATE_DETAIL_PURPOSE:
		put_named(out, value <= UINT8_MAX ? svcgate_purpose_name(value) : NULL,
			  "purpose", value);
		break;
	case SVCGATE_DETAIL_FIELD:
		put_field(out, context);
		break;
	case SVCGATE_DETAIL_STATE:
		put_named(out, value <= UINT8_MAX ? svcgate_state_name(value) : NULL,
			  "state", value);
		break;
	case SVCGATE_DETAIL_SECTION:
		fputs(value == 2 ? "a proof" : "a delegation", out);
		break;
	case SVCGATE_DETAIL_NUMBER:
	case SVCGATE_DETAIL_NONE:
		fprintf(out, "%u", value);
		break;
	}
}

/* Capability ids that would do: the op's row knows, the detail names one. */
static u64 wanted(const struct svcgate_reason_context *context)
{
	const struct svcgate_rule *rule = svcgate_policy_find(context->op);

	if (rule && !(rule->flags & SVCGATE_ROW_ALWAYS))
		return rule->mask | rule->image_mask;
	return context->detail <= SVCGATE_CAPABILITY_ID_MAX ? BIT_ULL(context->detail) : 0;
}

static void put_needs(FILE *out, const struct svcgate_reason_context *context)
{
	const char *between = "";
	u64 mask = wanted(context);
	unsigned int id;

	if (!mask)
		fputs("a capability", out);
	for (id = 0; id <= SVCGATE_CAPABILITY_ID_MAX; id++) {
		if (!(mask & BIT_ULL(id)))
			continue;
		fputs(between, out);
		put_capability(out, id);
		between = " or ";
	}
}

static void put_grants(FILE *out, const struct svcgate_reason_context *context)
{
	u64 mask = wanted(context);

	if (context->file)
		fprintf(out, "the %sfile %s does not open it: ",
			context->selected ? "selected " : "", context->file);
	if (mask & BIT_ULL(SVCGATE_CAPABILITY_FIELD_SERVICING))
		fputs("get a capability file for this device (svcgate device capability download "
		      "--type FieldServicing)",
		      out);
	else if (mask & BIT_ULL(SVCGATE_CAPABILITY_APP_DEVELOPMENT))
		fputs("get a capability file for this device (svcgate device capability download "
		      "--type ApplicationDevelopment)",
		      out);
	else
		fputs("get a capability file for this device from its maker", out);
	fputs(" and choose it: svcgate device capability select --capability-file FILE.",
	      out);
}

static void put_ids(FILE *out, const struct svcgate_reason_context *context)
{
	if (context->file_device)
		fprintf(out, ", %s", context->file_device);
	if (context->file_device && context->device)
		fprintf(out, "; this one is %s", context->device);
}

/* Expand a text of the table. */
static void put_text(FILE *out, const char *text,
		     const struct svcgate_reason_entry *entry,
		     const struct svcgate_reason_context *context)
{
	const char *open;
	size_t length;

	while ((open = strchr(text, '{'))) {
		fwrite(text, 1, open - text, out);
		length = strcspn(open, "}") + 1;
		if (!strncmp(open, "{detail}", length))
			put_detail(out, entry->detail, context);
		else if (!strncmp(open, "{op}", length))
			put_op(out, context->op);
		else if (!strncmp(open, "{needs}", length))
			put_needs(out, context);
		else if (!strncmp(open, "{grants}", length))
			put_grants(out, context);
		else if (!strncmp(open, "{ids}", length))
			put_ids(out, context);
		text = open + length;
	}
	fputs(text, out);
}

static void put_file_sentence(FILE *out, const struct svcgate_reason_entry *entry,
			      const struct svcgate_reason_context *context)
{
	const char *kind = svcgate_kind_name(context->kind ?: SVCGATE_KIND_CAPABILITY);

	fprintf(out, "The %s%s file", context->selected ? "selected " : "",
		kind ?: "signed");
	if (context->file)
		fprintf(out, " %s", context->file);
	if (context->selected && entry->stale)
		fputs(" is stale: it", out);
	fputc(' ', out);
	put_text(out, entry->sentence, entry, context);
	fputc('.', out);
}

/* A sentence may begin with a name or in the middle of a text. */
static void begin_upper(char *text)
{
	if (*text >= 'a' && *text <= 'z')
		*text -= 'a' - 'A';
}

/**
 * svcgate_reason_sentence() - what was refused and why
 * @reason: &enum svcgate_reason
 * @context: what makes it exact
 * @ret_text: one sentence or two, for free()
 *
 * Return: 0 or -ENOMEM.
 */
int svcgate_reason_sentence(u16 reason, const struct svcgate_reason_context *context,
			    char **ret_text)
{
	const struct svcgate_reason_entry *entry = svcgate_reason_find(reason);
	char *text = NULL;
	size_t length;
	FILE *out;

	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	if (!entry)
		fprintf(out, "%sthe device gives a reason that this version does not know: "
			     "0x%04x, detail %u.",
			svcgate_reason_exit(reason) == SVCGATE_EXIT_FORBIDDEN ?
			"Device access is forbidden: " : "", reason, context->detail);
	else if (svcgate_reason_is_file(reason))
		put_file_sentence(out, entry, context);
	else
		put_text(out, entry->sentence, entry, context);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	/* "os-version is allowed, but ..." keeps its name's spelling. */
	if (!entry)
		begin_upper(text);
	*ret_text = text;
	return 0;
}

/**
 * svcgate_reason_cure() - what helps
 * @reason: &enum svcgate_reason
 * @context: what makes it exact
 * @ret_text: the cure, for free(); NULL when there is nothing to cure
 *
 * Return: 0 or -ENOMEM.
 */
int svcgate_reason_cure(u16 reason, const struct svcgate_reason_context *context,
			char **ret_text)
{
	const struct svcgate_reason_entry *entry = svcgate_reason_find(reason);
	const char *cure = entry ? svcgate_reason_cure_text(entry, context) :
			   "Update svcgate on this computer to the device's version.";
	char *text = NULL;
	size_t length;
	FILE *out;

	if (!cure) {
		*ret_text = NULL;
		return 0;
	}
	out = open_memstream(&text, &length);
	if (!out)
		return -ENOMEM;
	put_text(out, cure, entry, context);
	if (context->selected && svcgate_reason_is_file(reason))
		fputs(" To go on without a file: svcgate device capability select --none.",
		      out);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	begin_upper(text);
	*ret_text = text;
	return 0;
}

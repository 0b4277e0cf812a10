// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any file as each kind: done only when every part lies where it must, one
 * behind the other, and the kind is the one that was asked for.
 */
#include "blob.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svcgate_blob blob;
	size_t length = svcgate_blob_length(data, size);
	unsigned int kind, done = 0;
	u16 detail;

	MUST(length <= size);

	for (kind = 0; kind < 7; kind++) {
		detail = 0;
		if (svcgate_blob_parse(data, size, kind, &blob, &detail))
			continue;
		done++;
		MUST(length == size);
		MUST(blob.kind == kind && data[5] == kind);
		MUST(blob.key_id == data + 8);
		MUST(blob.content == data + sizeof(struct svcgate_envelope));
		MUST(blob.content_length >= 1);
		MUST(blob.content_length <= svcgate_blob_content_max(kind));
		MUST(blob.content + blob.content_length == data + blob.signed_length);
		MUST(blob.signature == data + blob.signed_length + 4);
		MUST(blob.signature_length >= 1);
		MUST(blob.signature_length <= SVCGATE_SIGNATURE_MAX);
		MUST(blob.signature + blob.signature_length == data + size);
	}
	MUST(done <= 1);
	return 0;
}

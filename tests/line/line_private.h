/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the line model share.
 */
#ifndef _SVCGATE_TESTS_LINE_PRIVATE_H
#define _SVCGATE_TESTS_LINE_PRIVATE_H

#include "line_model.h"

void line_append(struct line *line, const uint8_t *data, size_t count);
void line_skip(struct line *line, size_t count);

void line_random_init(struct line *line, uint64_t seed);
void line_damage_init(struct line *line);
void line_damage(struct line *line, const uint8_t *data, size_t count);

#endif /* _SVCGATE_TESTS_LINE_PRIVATE_H */

/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Looking at bytes a word at a time: the kernel's memchr() is a loop over bytes on
 * most machines. Pure.
 */
#ifndef _SVCGATE_WORDS_H
#define _SVCGATE_WORDS_H

#include "pure.h"

#define SVCGATE_WORD_ONES	(~0UL / 0xff)

/* Any alignment; the compiler makes one load of it where the machine can. */
static inline unsigned long svcgate_word(const u8 *p)
{
	unsigned long word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/*
 * Not 0 if and only if a byte of the word is 0: taking one from each byte borrows
 * into the top bit of the lowest that was 0 and had none.
 */
static inline unsigned long svcgate_word_zero(unsigned long word)
{
	return (word - SVCGATE_WORD_ONES) & ~word & (SVCGATE_WORD_ONES << 7);
}

/**
 * svcgate_words_to_zero() - bytes before the first that is 0
 * @p: the bytes
 * @count: how many
 *
 * Return: @count when none is 0.
 */
static inline size_t svcgate_words_to_zero(const u8 *p, size_t count)
{
	const size_t step = sizeof(unsigned long);
	size_t i = 0;

	while (count - i >= step && !svcgate_word_zero(svcgate_word(p + i)))
		i += step;
	while (i < count && p[i])
		i++;
	return i;
}

#define SVCGATE_WORDS_GROUP	(4 * sizeof(unsigned long))

/* Copy a group of words; not 0 if and only if a byte of it is 0. */
static inline unsigned long svcgate_words_group(u8 *to, const u8 *from)
{
	const size_t step = sizeof(unsigned long);
	unsigned long a = svcgate_word(from), b = svcgate_word(from + step);
	unsigned long c = svcgate_word(from + 2 * step), d = svcgate_word(from + 3 * step);

	memcpy(to, &a, step);
	memcpy(to + step, &b, step);
	memcpy(to + 2 * step, &c, step);
	memcpy(to + 3 * step, &d, step);
	return svcgate_word_zero(a) | svcgate_word_zero(b) |
	       svcgate_word_zero(c) | svcgate_word_zero(d);
}

/**
 * svcgate_words_copy() - copy the bytes before the first that is 0
 * @to: room for @count bytes; all of it may be written to
 * @from: the bytes
 * @count: how many
 *
 * The last group ends with the last byte, and copies some once more: what is left is
 * then not a loop over words and one over bytes, whose ends no processor foresees.
 *
 * Return: bytes before it; @count when none is 0.
 */
static inline size_t svcgate_words_copy(u8 *to, const u8 *from, size_t count)
{
	const size_t group = SVCGATE_WORDS_GROUP;
	size_t i = 0;

	while (count >= group && !svcgate_words_group(to + i, from + i)) {
		i += group;
		if (i == count)
			return count;
		i = min_t(size_t, i, count - group);
	}
	for (; i < count && from[i]; i++)
		to[i] = from[i];
	return i;
}

/**
 * svcgate_words_of_one() - bytes before the first that is not 1
 * @p: the bytes
 * @count: how many
 *
 * Return: @count when all are 1.
 */
static inline size_t svcgate_words_of_one(const u8 *p, size_t count)
{
	size_t i = 0;

	while (count - i >= sizeof(unsigned long) &&
	       svcgate_word(p + i) == SVCGATE_WORD_ONES)
		i += sizeof(unsigned long);
	while (i < count && p[i] == 1)
		i++;
	return i;
}

#endif /* _SVCGATE_WORDS_H */

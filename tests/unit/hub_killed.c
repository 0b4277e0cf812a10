// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs on a shared port that are killed at any moment, and hubs: who is left gets
 * the right answers, and nothing stays behind. SVCGATE_SEED repeats a run.
 */
#include <time.h>

#include "hub_story.h"

#define ROUNDS		200
#define HUB_ROUNDS	40
#define LAST		0xffffffff

/* Until the last request was answered, and its program has left. */
static void dev_patient(struct peer *p)
{
	bool last = false;

	do {
		if (!device_step(p))
			continue;
		last = svcgate_get_le32(p->message + sizeof(struct svcgate_request)) ==
		       LAST;
		device_answer(p);
	} while (!last || !is_goodbye(p));
}

static u64 seed(void)
{
	const char *text = getenv("SVCGATE_SEED");

	return text ? strtoull(text, NULL, 0) : 0x5eed5eed5eed5eedULL;
}

static u32 chance(u64 *state, u32 limit)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*state >> 33) % limit;
}

/* A moment that falls anywhere into what the others do. */
static void any_moment(u64 *state)
{
	struct timespec time = { .tv_nsec = chance(state, 4000000) };

	nanosleep(&time, NULL);
}

static pid_t begin_victim(const struct user *u, u32 token)
{
	pid_t child = fork();
	struct svcgate_link *link;
	int r;

	CHECK(child >= 0);
	if (child)
		return child;
	/* Until it is killed; a hub that is killed it finds again. */
	for (;;) {
		link = open_link(u);
		do
			r = ask(link, token, 4 + token % 3 * 1500);
		while (!r);
		CHECK(r == -EPIPE);
		svcgate_link_close(link);
	}
}

static void kill_one(pid_t child)
{
	int status;

	CHECK(!kill(child, SIGKILL));
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void programs_killed(struct user *u)
{
	struct svcgate_link *link = open_link(u);
	u64 state = seed();
	pid_t child;
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		child = begin_victim(u, 0x1000 + i);
		any_moment(&state);
		expect_answer(link, 0x2000 + i);
		kill_one(child);
		expect_answer(link, 0x3000 + i);
	}
	expect_answer(link, LAST);
	svcgate_link_close(link);
}

/* Two victims; the one that is killed may have begun the hub. */
static void first_ones_killed(struct user *u)
{
	u64 state = ~seed();
	struct svcgate_link *link;
	pid_t child, next;
	u32 i;

	child = begin_victim(u, 0x1000);
	for (i = 0; i < ROUNDS; i++) {
		next = begin_victim(u, 0x1001 + i);
		any_moment(&state);
		kill_one(child);
		child = next;
	}
	link = open_link(u);
	expect_answer(link, 1);
	kill_one(child);
	expect_answer(link, LAST);
	svcgate_link_close(link);
}

/* Hubs of this program; the others begin some as well. */
static void hubs_killed(struct user *u)
{
	struct svcgate_link *link;
	u64 state = seed() / 3;
	pid_t child;
	u32 i;
	int r;

	for (i = 0; i < HUB_ROUNDS; i++) {
		link = open_link(u);
		child = begin_victim(u, 0x1000 + i);
		any_moment(&state);
		if (link->hub)
			kill(link->hub, SIGKILL);
		do
			r = ask(link, 0x2000 + i, 100);
		while (r == -EPIPE);
		CHECK(!r);
		kill_one(child);
		svcgate_link_close(link);
	}
	link = open_link(u);
	expect_answer(link, LAST);
	svcgate_link_close(link);
}

static const struct story stories[] = {
	{ "programs are killed 200 times", dev_patient, programs_killed },
	{ "each program is killed, 200 times", dev_patient, first_ones_killed },
	{ "hubs are killed", dev_patient, hubs_killed },
};

int main(void)
{
	printf("# SVCGATE_SEED=0x%llx\n", (unsigned long long)seed());
	return play_all(stories, ARRAY_SIZE(stories));
}

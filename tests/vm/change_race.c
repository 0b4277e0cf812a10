// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everybody at once: two hosts, root, and helpers that store, fail and die, in any
 * order. Whatever happens, changes end one after the other, each once, and in the
 * end the device has what was stored last (P6, P9).
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "change.h"
#include "kselftest_harness.h"

#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define PORTS		2
#define FILES		5
#define LOADS		150

/* What all threads share; @lock protects @ended, so that it fits what was said. */
static struct {
	struct rig rigs[PORTS];
	const struct file *files[FILES];
	pthread_mutex_t lock;
	u64 ended;
	u64 stored;
	unsigned int stored_file;
	atomic_bool stop;
	atomic_uint wrong;
	atomic_uint begun;
} race = { .lock = PTHREAD_MUTEX_INITIALIZER };

FIXTURE(race)
{
	struct change change;
};

FIXTURE_SETUP(race)
{
	struct rig_device device = { .state = COMPLETE, .keystore = keystore() };
	unsigned int i;

	ASSERT_EQ(0, rig_load(&device));
	for (i = 0; i < PORTS; i++)
		ASSERT_EQ(0, rig_open(&race.rigs[i]));
	for (i = 0; i < FILES; i++)
		race.files[i] = capability(.mask = FS, .serial = (u8)(1 + i));
}

FIXTURE_TEARDOWN(race)
{
	unsigned int i;

	for (i = 0; i < PORTS; i++) {
		EXPECT_EQ(0, race.rigs[i].host.bad);
		rig_close(&race.rigs[i]);
	}
	vm_clean();
}

static void complain(const char *what, u64 number)
{
	race.wrong++;
	fprintf(stderr, "# race: %s: %#llx\n", what, (unsigned long long)number);
}

static unsigned int file_of(const struct change *change)
{
	unsigned int i;

	for (i = 0; i < FILES; i++)
		if (change_is_capability(change, race.files[i]))
			break;
	return i;
}

/* The only change that there can be is the one after the last that ended. */
static bool read_change(const struct rig *rig, struct change *change)
{
	struct pollfd poller = { .fd = rig->door, .events = POLLIN };
	bool there;

	pthread_mutex_lock(&race.lock);
	there = poll(&poller, 1, 0) == 1 && !change_read(rig, change);
	if (there && change->head.number != race.ended + 1)
		complain("read", change->head.number);
	if (there && file_of(change) == FILES)
		complain("content", change->head.number);
	pthread_mutex_unlock(&race.lock);
	return there;
}

static void end_change(const struct rig *rig, const struct change *change, bool stored)
{
	u64 number = change->head.number;
	int r;

	pthread_mutex_lock(&race.lock);
	r = (stored ? change_commit : change_abort)(rig, number);
	if (r)
		complain("not ended", number);
	else
		race.ended = number;
	if (!r && stored) {
		race.stored = number;
		race.stored_file = file_of(change);
	}
	pthread_mutex_unlock(&race.lock);
}

/* A life of a helper: it stores, fails, or dies before or after it has read. */
static void live(struct rig *rig, struct change *change, int fate)
{
	struct pollfd poller = { .events = POLLIN };
	int r;

	/* Under the lock: what is readable at a door stays so while none is opened. */
	pthread_mutex_lock(&race.lock);
	r = rig_open_door(rig);
	pthread_mutex_unlock(&race.lock);
	if (r)
		return complain("door", (u64)-r);
	poller.fd = rig->door;
	if (poll(&poller, 1, 20) == 1 && fate && read_change(rig, change) && fate > 1)
		end_change(rig, change, fate > 2);
	rig_close_door(rig);
}

static void *helper(void *number)
{
	unsigned int seed = (unsigned int)(uintptr_t)number + 1;
	struct rig *rig = &race.rigs[(uintptr_t)number];
	struct change *change = calloc(1, sizeof(*change));

	while (!race.stop)
		live(rig, change, rand_r(&seed) % 6);
	free(change);
	return NULL;
}

static bool hello(struct rig *rig)
{
	bool welcome;

	/* host_hello() counts for all hosts. */
	pthread_mutex_lock(&race.lock);
	welcome = host_hello(&rig->host);
	pthread_mutex_unlock(&race.lock);
	return welcome;
}

/* Every answer that may be; a change of the host's own is answered at most once. */
static void *host(void *number)
{
	struct rig *rig = &race.rigs[(uintptr_t)number];
	unsigned int i;
	int verdict;

	for (i = 0; !race.stop; i++) {
		verdict = change_ask_capability(rig, race.files[i % FILES]);
		if (verdict == CHANGE_BEGUN) {
			race.begun++;
			verdict = change_answer(rig, rig->host.transaction);
		}
		switch (verdict) {
		case DONE:
		case SVCGATE_REASON_BUSY:
		case SVCGATE_REASON_NO_HELPER:
		case SVCGATE_REASON_NOT_STORED:
		case SVCGATE_REASON_CHANGE_RATE:
		case SVCGATE_REASON_CHANGE_PENDING:
		case SVCGATE_REASON_OUTCOME_UNKNOWN:
			break;
		default:
			complain("answer", (u64)verdict);
		}
		if (i % 64 == 63 && !hello(rig))
			complain("hello", i);
	}
	return NULL;
}

static void *root(void *unused)
{
	unsigned int i = 0, loads = 0;
	u64 number;
	int r;

	while (loads < LOADS) {
		r = change_load_capability(race.files[i++ % FILES], &number);
		if (number) {
			loads++;
			race.begun++;
		} else if (r != DONE && r != SVCGATE_REASON_CHANGE_PENDING &&
			   r != SVCGATE_REASON_NO_HELPER) {
			complain("load", (u64)r);
		} else {
			vm_pause();
		}
	}
	race.stop = true;
	return unused;
}

TEST_F_TIMEOUT(race, P6_changes_end_one_by_one, 2 * VM_LONG)
{
	struct svcgate_capability_list list;
	pthread_t threads[2 * PORTS + 1];
	struct rig *rig = &race.rigs[0];
	uintptr_t i;

	for (i = 0; i < PORTS; i++) {
		ASSERT_EQ(0, pthread_create(&threads[2 * i], NULL, helper, (void *)i));
		ASSERT_EQ(0, pthread_create(&threads[2 * i + 1], NULL, host, (void *)i));
	}
	ASSERT_EQ(0, pthread_create(&threads[2 * i], NULL, root, NULL));
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, race.wrong);

	/* What is left comes at the door of its port, or at the lowest. */
	for (i = PORTS; i--;)
		ASSERT_EQ(0, rig_open_door(&race.rigs[i]));
	for (i = 0; i < PORTS; i++) {
		if (rig_door_is_quiet(&race.rigs[i]))
			continue;
		EXPECT_EQ(0, change_commit(&race.rigs[i], race.ended + 1));
		race.stored = 0;
	}
	EXPECT_EQ(0, change_info().change);
	EXPECT_EQ(race.begun, change_info().change_ended);
	ASSERT_TRUE(host_hello(&rig->host));
	ASSERT_EQ(DONE, change_list(rig, race.files[0], &list));
	EXPECT_EQ(FS, list.sideloaded);
	if (race.stored)
		EXPECT_EQ(race.stored_file + 1, list.sideloaded_serial[0]);
}

TEST_HARNESS_MAIN

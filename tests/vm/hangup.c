// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hardware goes away under a held port and comes back: unbinding of the UART's
 * driver, unplugging of a virtconsole, and races of both with attach and detach.
 *
 * Nobody sends while a driver is unbound: the tty core itself has a rare race
 * there, in serdev's client of the port.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmlib.h"
#include "kselftest_harness.h"

#define ROUNDS		30
#define RACES		60

FIXTURE(hangup)
{
	struct vm_hardware hardware;
	int log;
};

FIXTURE_SETUP(hangup)
{
	vm_clean();
	ASSERT_EQ(0, vm_hardware("ttyS1", &self->hardware));
	ASSERT_EQ(0, vm_insmod("device_id=0011223344556677"));
	self->log = vm_log_open();
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN(hangup)
{
	vm_bind(&self->hardware);
	vm_clean();
	/* A driver that is closed after its hang-up only complains in the log. */
	EXPECT_FALSE(vm_log_has(self->log, "tty_port_close_start"));
	close(self->log);
}

/* What the helper notices. */
static bool door_is_gone(int door)
{
	struct pollfd poller = { .fd = door };
	struct svcgate_door message = {
		.length = sizeof(message),
		.kind = SVCGATE_DOOR_RESPONSE,
	};

	return poll(&poller, 1, VM_PATIENCE_MS) == 1 && poller.revents & POLLHUP &&
	       !read(door, &message, sizeof(message)) &&
	       write(door, &message, sizeof(message)) == -1 && errno == EPIPE;
}

static bool can_open(const char *name)
{
	int fd = vm_open_node(name);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

TEST_F_TIMEOUT(hangup, P8_unbind_ends_the_port_and_bind_brings_it_back, 600)
{
	int door, round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, vm_attach("ttyS1"));
		ASSERT_EQ(SVCGATE_REASON_DONE, vm_identify("ttyS2"));
		door = vm_open_door("ttyS1");
		ASSERT_LE(0, door);
		ASSERT_EQ(0, vm_unbind(&self->hardware));
		EXPECT_TRUE(door_is_gone(door));
		close(door);
		ASSERT_TRUE(VM_UNTIL(!vm_is_held("ttyS1")));
		EXPECT_TRUE(can_open("ttyS1"));
		/* What is left of the line has no hardware. */
		EXPECT_EQ(-ENXIO, vm_attach("ttyS1"));
		EXPECT_FALSE(vm_is_held("ttyS1"));
		ASSERT_EQ(0, vm_bind(&self->hardware));
		ASSERT_TRUE(can_open("ttyS1"));
	}
	ASSERT_EQ(0, vm_rmmod());
}

TEST_F_TIMEOUT(hangup, P8_unbind_is_told_as_a_hang_up, VM_LONG)
{
	static struct svcgate_line line;
	int fd = vm_open_line("ttyS2"), events = vm_events_open();
	struct vm_event event;
	u64 session;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, events);
	vm_line_init(&line, fd);
	ASSERT_EQ(0, vm_attach("ttyS1"));
	ASSERT_EQ(0, vm_hello(&line, &session));
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_SESSION, &event));
	ASSERT_EQ(0, vm_unbind(&self->hardware));
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_SESSION, &event));
	EXPECT_EQ(SVCGATE_REASON_END_HANGUP, event.reason);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_DETACHED, &event));
	EXPECT_EQ(SVCGATE_REASON_END_HANGUP, event.reason);
	EXPECT_STREQ("ttyS1", event.port);
	/* The line without hardware: an attempt, but no news. */
	EXPECT_EQ(-ENXIO, vm_attach("ttyS1"));
	EXPECT_EQ(-ETIME, vm_event_next(events, 300, &event));
	close(fd);
	close(events);
}

TEST_F_TIMEOUT(hangup, P10_line_without_hardware_says_so, VM_LONG)
{
	struct device_port_request request = { .name = "ttyS1" };
	int log = vm_log_open();
	char text[160];

	ASSERT_LE(0, log);
	ASSERT_EQ(0, vm_unbind(&self->hardware));
	EXPECT_EQ(-ENXIO, vm_attach_with(&request, text, sizeof(text)));
	EXPECT_STREQ("there is no hardware on this line", text);
	ASSERT_EQ(0, vm_rmmod());
	EXPECT_NE(0, vm_insmod("hold=ttyS1"));
	EXPECT_TRUE(vm_log_has(log, "hold=ttyS1: cannot hold this port: there is no hardware"));
	ASSERT_EQ(0, vm_insmod("hold=ttyS1 hold_wait=1"));
	EXPECT_EQ(0, vm_ports());
	ASSERT_EQ(0, vm_bind(&self->hardware));
	EXPECT_EQ(0, vm_attach("ttyS1"));
	close(log);
}

/*
 * Two threads meet at the barrier and do one thing each. The second one waits a
 * moment that grows as long as it comes first, so that both come first half of
 * the time, and a random moment more.
 */
#define STEP	100000

struct racer {
	pthread_barrier_t *barrier;
	const struct vm_hardware *hardware;
	int (*act)(const struct vm_hardware *hardware);
	unsigned int delay;
	unsigned int spin;
	int result;
};

static int act_attach(const struct vm_hardware *hardware)
{
	return vm_attach("ttyS1");
}

static int act_detach(const struct vm_hardware *hardware)
{
	return vm_detach("ttyS1");
}

static void *race(void *argument)
{
	struct racer *racer = argument;
	volatile unsigned int i;

	pthread_barrier_wait(racer->barrier);
	for (i = 0; i < racer->spin; i++)
		;
	racer->result = racer->act(racer->hardware);
	return NULL;
}

static void run_race(struct racer racers[2], bool second_won_before)
{
	pthread_barrier_t barrier;
	pthread_t threads[2];
	int i;

	if (second_won_before)
		racers[1].delay += STEP;
	else
		racers[1].delay = racers[1].delay > STEP ? racers[1].delay - STEP : 0;
	racers[1].spin = racers[1].delay + random() % STEP;
	pthread_barrier_init(&barrier, NULL, 2);
	for (i = 0; i < 2; i++) {
		racers[i].barrier = &barrier;
		if (pthread_create(&threads[i], NULL, race, &racers[i]))
			abort();
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
}

static void seed(void)
{
	unsigned int number = vm_now();

	srandom(number);
	fprintf(stderr, "# seed %u\n", number);
}

TEST_F_TIMEOUT(hangup, detach_against_unbind, 600)
{
	struct racer racers[2] = {
		{ .hardware = &self->hardware, .act = vm_unbind },
		{ .hardware = &self->hardware, .act = act_detach },
	};
	int round, gone = 0;

	seed();
	for (round = 0; round < RACES; round++) {
		ASSERT_EQ(0, vm_attach("ttyS1"));
		run_race(racers, !racers[1].result);
		ASSERT_EQ(0, racers[0].result);
		/* Whoever came second finds it gone, or waited for it. */
		if (racers[1].result)
			ASSERT_EQ(-ENODEV, racers[1].result);
		gone += !!racers[1].result;
		ASSERT_TRUE(VM_UNTIL(!vm_is_held("ttyS1")));
		ASSERT_EQ(0, vm_bind(&self->hardware));
	}
	fprintf(stderr, "# the hang-up was over before the detach in %d of %d\n", gone, RACES);
	ASSERT_EQ(0, vm_attach("ttyS1"));
	EXPECT_EQ(SVCGATE_REASON_DONE, vm_identify("ttyS2"));
	ASSERT_EQ(0, vm_detach("ttyS1"));
	ASSERT_EQ(0, vm_rmmod());
}

TEST_F_TIMEOUT(hangup, attach_against_unbind, 600)
{
	struct racer racers[2] = {
		{ .hardware = &self->hardware, .act = act_attach },
		{ .hardware = &self->hardware, .act = vm_unbind },
	};
	int round, held = 0;

	seed();
	for (round = 0; round < RACES; round++) {
		run_race(racers, racers[0].result);
		ASSERT_EQ(0, racers[1].result);
		held += !racers[0].result;
		/* A port that was held for a moment hears of the hang-up. */
		ASSERT_TRUE(VM_UNTIL(!vm_is_held("ttyS1"))) {
			TH_LOG("round %d: held without hardware, attach said %d", round,
			       racers[0].result);
		}
		ASSERT_TRUE(can_open("ttyS1"));
		ASSERT_EQ(0, vm_bind(&self->hardware));
	}
	fprintf(stderr, "# held for a moment in %d of %d\n", held, RACES);
	ASSERT_EQ(0, vm_attach("ttyS1"));
	EXPECT_EQ(SVCGATE_REASON_DONE, vm_identify("ttyS2"));
	ASSERT_EQ(0, vm_detach("ttyS1"));
	ASSERT_EQ(0, vm_rmmod());
}

/* The line comes and goes while somebody always wants it. */
TEST_F_TIMEOUT(hangup, attach_against_bind, 600)
{
	struct racer racers[2] = {
		{ .hardware = &self->hardware, .act = vm_bind },
		{ .hardware = &self->hardware, .act = act_attach },
	};
	int round;

	seed();
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, vm_unbind(&self->hardware));
		run_race(racers, racers[1].result);
		ASSERT_EQ(0, racers[0].result);
		/*
		 * An attach that was early is no harm: it fails, or it is hung up
		 * when the line without hardware makes room for the real one.
		 */
		ASSERT_TRUE(VM_UNTIL(!vm_attach("ttyS1") || vm_is_held("ttyS1")));
		if (vm_detach("ttyS1"))
			ASSERT_TRUE(VM_UNTIL(!vm_is_held("ttyS1")));
	}
	ASSERT_EQ(0, vm_attach("ttyS1"));
	EXPECT_EQ(SVCGATE_REASON_DONE, vm_identify("ttyS2"));
}

static int unplug(void)
{
	return vm_qmp("{\"execute\":\"device_del\",\"arguments\":{\"id\":\"hvc0\"}}", NULL, 0);
}

/* QEMU frees the other end of the wire a moment after the unplugging. */
static bool plug(void)
{
	char answer[256];

	return !vm_qmp("{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"virtconsole\","
		       "\"bus\":\"consoles.0\",\"chardev\":\"hvc-a\",\"id\":\"hvc0\"}}", answer,
		       sizeof(answer));
}

TEST_F_TIMEOUT(hangup, P8_unplugged_virtconsole_is_let_go_and_held_again, 600)
{
	int door, round;

	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(VM_UNTIL(!vm_attach("hvc0")));
		ASSERT_EQ(SVCGATE_REASON_DONE, vm_identify("hvc1"));
		door = vm_open_door("hvc0");
		ASSERT_LE(0, door);
		ASSERT_EQ(0, unplug());
		EXPECT_TRUE(door_is_gone(door));
		close(door);
		ASSERT_TRUE(VM_UNTIL(!vm_is_held("hvc0")));
		/*
		 * No attach while it is on its way out: hvc_get_by_index() of the
		 * tty core takes a port whose last reference is just gone.
		 */
		ASSERT_TRUE(VM_UNTIL(plug()));
	}
	ASSERT_TRUE(VM_UNTIL(!vm_attach("hvc0")));
	EXPECT_EQ(SVCGATE_REASON_DONE, vm_identify("hvc1"));
	ASSERT_EQ(0, vm_detach("hvc0"));
	ASSERT_EQ(0, vm_rmmod());
}

static int act_unplug(const struct vm_hardware *hardware)
{
	return unplug();
}

static int act_detach_console(const struct vm_hardware *hardware)
{
	return vm_detach("hvc0");
}

TEST_F_TIMEOUT(hangup, detach_against_unplug, 600)
{
	struct racer racers[2] = {
		{ .act = act_unplug },
		{ .act = act_detach_console },
	};
	int round, gone = 0;

	seed();
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_TRUE(VM_UNTIL(!vm_attach("hvc0")));
		run_race(racers, !racers[1].result);
		ASSERT_EQ(0, racers[0].result);
		if (racers[1].result)
			ASSERT_EQ(-ENODEV, racers[1].result);
		gone += !!racers[1].result;
		ASSERT_TRUE(VM_UNTIL(!vm_is_held("hvc0")));
		/*
		 * No attach while it is on its way out: hvc_get_by_index() of the
		 * tty core takes a port whose last reference is just gone.
		 */
		ASSERT_TRUE(VM_UNTIL(plug()));
	}
	fprintf(stderr, "# the unplugging was over before the detach in %d of %d\n", gone, ROUNDS);
	ASSERT_TRUE(VM_UNTIL(!vm_attach("hvc0")));
	EXPECT_EQ(SVCGATE_REASON_DONE, vm_identify("hvc1"));
}

TEST_HARNESS_MAIN

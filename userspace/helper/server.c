// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parent's loop: keeps the privileges, never sees a byte of the host. Opens
 * doors, starts executors, has ports held again, and starts the door process
 * again when that has died.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "device_door.h"
#include "door_child.h"
#include "log.h"

/* A door process that dies young is started again after this pause. */
#define YOUNG_MS	10000
#define PAUSE_MS	1000

/* Messages of the door process in a round: it answers what it is told between. */
#define MESSAGES_MAX	16

/* How long the door process has to end by itself. */
#define END_SECONDS	2

static int64_t now(const struct server *server)
{
	return server->ops->now(server->ops->context);
}

/* What the door process says breaks the contract, or it takes nothing more. */
static void door_broken(struct server *server, const char *why)
{
	log_error("the door process %s: killed", why);
	if (server->door > 0)
		kill(server->door, SIGKILL);
}

static void tell(struct server *server, const struct pair_message *message, const int *fds,
		 size_t count)
{
	int r = pair_send(server->pair, message, fds, count);

	/* It has closed its end: its death is reported by itself. */
	if (r < 0 && r != -EPIPE)
		door_broken(server, "takes no messages");
}

/* struct ports's way to the door process. */
static int serve_door(void *context, u32 number, const char *name)
{
	struct pair_message message = { .kind = PAIR_DOOR, .number = number };
	struct server *server = context;
	int fd, r;

	if (!server->door)
		return -EAGAIN;
	r = device_door_open(number, &fd);
	if (r < 0)
		return r;
	memcpy(message.name, name, strnlen(name, sizeof(message.name) - 1));
	tell(server, &message, &fd, 1);
	close(fd);
	return 0;
}

static void start_executor(struct server *server, const struct pair_message *message)
{
	struct pair_message answer = { .kind = PAIR_STARTED, .id = message->id };
	int fds[PAIR_FD_COUNT], r;
	size_t i;

	r = executors_start(&server->executors, message->id, message->op, fds,
			    &answer.reason, &answer.detail);
	if (r < 0) {
		answer.kind = PAIR_REFUSED;
		tell(server, &answer, NULL, 0);
		return;
	}
	tell(server, &answer, fds, PAIR_FD_COUNT);
	for (i = 0; i < PAIR_FD_COUNT; i++)
		close(fds[i]);
}

static void say_serving(const struct server *server, u32 number)
{
	const struct port_slot *slot;
	size_t i;

	for (i = 0; i < server->ports.count; i++) {
		slot = &server->ports.slots[i];
		if (slot->served && slot->number == number)
			log_notice("serving %s", slot->wanted.name);
	}
}

static void take_pair(struct server *server, const struct pair_message *message)
{
	switch (message->kind) {
	case PAIR_START:
		start_executor(server, message);
		break;
	case PAIR_ANSWERED:
		executors_answered(&server->executors, message->id);
		break;
	case PAIR_FINISH:
		executors_finish(&server->executors, message->id);
		break;
	case PAIR_KILL:
		executors_kill(&server->executors, message->id);
		break;
	case PAIR_SERVING:
		say_serving(server, message->number);
		break;
	case PAIR_GONE:
		ports_gone(&server->ports, message->number);
		server->ports_at = now(server);
		break;
	default:
		door_broken(server, "says what it may not");
	}
}

static void read_pair(struct server *server)
{
	struct pair_message message;
	unsigned int i;
	int r = 0;

	for (i = 0; i < MESSAGES_MAX && !r; i++) {
		r = pair_receive(server->pair, &message, NULL, 0, NULL);
		if (!r)
			take_pair(server, &message);
	}
	if (!r || r == -EAGAIN)
		return;
	if (r != -EPIPE && r != -ECONNRESET)
		door_broken(server, "says what is not a message");
	/* The rest when it is reaped; until then nothing is to be read. */
	close(server->pair);
	server->pair = -1;
}

static void read_uevents(struct server *server)
{
	char name[SVCGATE_PORT_NAME_SIZE] = "";
	enum uevent_kind kind;
	int r;

	for (;;) {
		r = uevent_receive(server->uevents, &kind, name);
		if (r == -EAGAIN)
			return;
		if (r == -ENOBUFS) {
			/* Lost events may have been about any port. */
			server->ports_at = now(server);
			continue;
		}
		if (r < 0) {
			log_error("cannot listen for devices any more: %s", strerror(-r));
			close(server->uevents);
			server->uevents = -1;
			return;
		}
		if (kind == UEVENT_OTHER)
			continue;
		ports_event(&server->ports, kind, name);
		server->ports_at = now(server);
	}
}

static int start_door_process(struct server *server)
{
	int pair[2], r;
	pid_t pid;

	r = pair_open(pair);
	if (r < 0)
		return r;
	pid = fork();
	if (!pid)
		door_child(server, pair[1]);
	r = pid < 0 ? -errno : 0;
	close(pair[1]);
	if (r < 0) {
		close(pair[0]);
		return r;
	}
	server->pair = pair[0];
	server->door = pid;
	server->door_since = now(server);
	ports_not_served(&server->ports);
	server->ports_at = now(server);
	return 0;
}

static void try_door_process(struct server *server)
{
	int r = start_door_process(server);

	if (!r)
		return;
	log_error("cannot start the door process: %s", strerror(-r));
	server->door_at = now(server) + PAUSE_MS;
}

/* The kernel sees its doors closed and ends what was with the helper. */
static void door_died(struct server *server, int status)
{
	bool young = now(server) - server->door_since < YOUNG_MS;

	if (WIFSIGNALED(status))
		log_error("the door process died: signal %d (%s)", WTERMSIG(status),
			  strsignal(WTERMSIG(status)));
	else
		log_error("the door process ended with code %d", WEXITSTATUS(status));
	if (server->pair >= 0)
		close(server->pair);
	server->pair = -1;
	server->door = 0;
	server->door_at = now(server) + (young ? PAUSE_MS : 0);
	executors_end(&server->executors);
	ports_not_served(&server->ports);
}

static void executor_ended(struct server *server, u32 id, int status)
{
	const struct pair_message message = {
		.kind = PAIR_ENDED,
		.id = id,
		.status = status,
	};

	if (server->pair >= 0)
		tell(server, &message, NULL, 0);
}

/*
 * Looked at before it is reaped: until then its number is its own, and its
 * group can be ended by it.
 */
static void reap(struct server *server)
{
	siginfo_t info;
	int status;
	bool executor;
	u32 id = 0;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
			return;
		executor = executors_ended(&server->executors, info.si_pid, &id);
		if (waitpid(info.si_pid, &status, WNOHANG) != info.si_pid)
			return;
		if (executor)
			executor_ended(server, id, status);
		else if (info.si_pid == server->door)
			door_died(server, status);
	}
}

static void read_signals(struct server *server)
{
	struct signalfd_siginfo info;

	while (read(server->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(server);
		else
			server->stop = true;
	}
}

static int64_t sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Do what is due; milliseconds until something is, -1 for never. */
static int64_t work(struct server *server)
{
	int64_t next = -1, due;

	if (!server->door && server->door_at <= now(server))
		try_door_process(server);
	if (!server->door)
		next = server->door_at - now(server);
	if (server->ports_at >= 0 && server->ports_at <= now(server)) {
		due = ports_serve(&server->ports);
		server->ports_at = due < 0 ? -1 : now(server) + due;
	}
	if (server->ports_at >= 0) {
		due = server->ports_at - now(server);
		next = sooner(next, due < 0 ? 0 : due);
	}
	return sooner(next, executors_expire(&server->executors));
}

static int wait_and_read(struct server *server)
{
	struct pollfd fds[] = {
		{ .fd = server->signals, .events = POLLIN },
		{ .fd = server->uevents, .events = POLLIN },
		{ .fd = server->pair, .events = POLLIN },
	};
	int64_t due = work(server);

	fds[2].fd = server->pair;
	if (poll(fds, ARRAY_SIZE(fds), due > INT32_MAX ? INT32_MAX : (int)due) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[2].revents)
		read_pair(server);
	if (fds[1].revents)
		read_uevents(server);
	if (fds[0].revents)
		read_signals(server);
	return 0;
}

/* Executors first, then the door process, which ends with its pair. */
static void end(struct server *server)
{
	const struct timespec most = { .tv_sec = END_SECONDS };
	sigset_t child;

	executors_end(&server->executors);
	if (!server->door)
		return;
	if (server->pair >= 0)
		close(server->pair);
	server->pair = -1;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (!waitpid(server->door, NULL, WNOHANG)) {
		if (sigtimedwait(&child, NULL, &most) < 0 && errno == EAGAIN)
			kill(server->door, SIGKILL);
	}
	server->door = 0;
}

/**
 * server_run() - serve until a signal asks for the end
 * @server: the server
 *
 * Return: 0, or a negative errno.
 */
int server_run(struct server *server)
{
	int r = 0;

	server->pair = -1;
	server->ports_at = now(server);
	server->ports.serve = serve_door;
	server->ports.serve_context = server;
	while (!r && !server->stop)
		r = wait_and_read(server);
	end(server);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the fork to the door process: what it will need is opened while it is
 * still the parent's image, everything else is closed, and then the privileges
 * go. It is shut into the directory of the store, so a name that it opens can
 * be nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "digest.h"
#include "door.h"
#include "door_child.h"
#include "log.h"
#include "sandbox.h"

/* Descriptors of the door process beside 0, 1 and 2: these, in this order. */
enum child_fd {
	CHILD_FD_PAIR,
	CHILD_FD_STORE,
	CHILD_FD_DIGEST,
	CHILD_FD_STATE_CELL,
	CHILD_FD_FLOOR_CELL,
	CHILD_FD_COUNT,
};

#define FD_FIRST	3
#define FD(which)	(FD_FIRST + (which))

_Static_assert(FD(CHILD_FD_STORE) == SANDBOX_FD_STORE, "the filter knows the store by it");

/* Only what it needs, at places that nothing else has; -1 is a place left free. */
static int keep_descriptors(int fds[CHILD_FD_COUNT])
{
	int i;

	for (i = 0; i < CHILD_FD_COUNT; i++) {
		if (fds[i] < 0)
			continue;
		fds[i] = fcntl(fds[i], F_DUPFD, FD(CHILD_FD_COUNT));
		if (fds[i] < 0)
			return -errno;
	}
	for (i = 0; i < CHILD_FD_COUNT; i++) {
		if (fds[i] < 0)
			close(FD(i));
		else if (dup3(fds[i], FD(i), O_CLOEXEC) < 0)
			return -errno;
	}
	return syscall(SYS_close_range, FD(CHILD_FD_COUNT), ~0U, 0) < 0 ? -errno : 0;
}

static void move(int *fd, enum child_fd which)
{
	if (*fd >= 0)
		*fd = FD(which);
}

/* What is missing here costs changes of trust, and nothing else. */
static int prepare_store(const struct server *server, struct digest *digest)
{
	int r;

	if (server->store < 0)
		return -ENOENT;
	r = digest_open_for(digest, server->identity.uid);
	if (r < 0)
		log_error("the door process cannot compute SHA-256: changes of trust will not be stored; load the module algif_hash, or install OpenSSL 3");
	return r;
}

static int serve_doors(const struct server *server, int pair)
{
	struct digest digest = { .socket = -1 };
	struct change_keeper keeper = {
		.store = {
			.ops = server->ops,
			.dir = FD(CHILD_FD_STORE),
			.sha256 = digest_sha256,
			.sha256_context = &digest,
		},
		.backend = server->backend,
	};
	bool with_store = !prepare_store(server, &digest);
	int fds[CHILD_FD_COUNT] = {
		[CHILD_FD_PAIR] = pair,
		[CHILD_FD_STORE] = with_store ? server->store : -1,
		[CHILD_FD_DIGEST] = digest.socket,
		[CHILD_FD_STATE_CELL] = with_store ? server->backend.state.fd : -1,
		[CHILD_FD_FLOOR_CELL] = with_store ? server->backend.floors.fd : -1,
	};
	int r;

	r = keep_descriptors(fds);
	if (r < 0)
		return r;
	move(&digest.socket, CHILD_FD_DIGEST);
	move(&keeper.backend.state.fd, CHILD_FD_STATE_CELL);
	move(&keeper.backend.floors.fd, CHILD_FD_FLOOR_CELL);
	if (with_store) {
		r = sandbox_shut_in(FD(CHILD_FD_STORE));
		with_store = !r;
		if (r < 0)
			log_error("the door process cannot be shut into the store: %s; changes of trust will not be stored",
				  strerror(-r));
	}
	r = sandbox_enter(&server->identity, with_store);
	if (r < 0)
		return r;
	return door_run(FD(CHILD_FD_PAIR), with_store ? &keeper : NULL);
}

/**
 * door_child() - become the door process
 * @server: the parent's, as it was at the fork
 * @pair: to the parent
 *
 * When the parent dies, its end of the pair closes, and door_run() returns.
 */
void door_child(const struct server *server, int pair)
{
	sigset_t none;
	int r;

	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, "svcgated-door", 0, 0, 0);
	r = serve_doors(server, pair);
	if (r < 0)
		log_error("the door process ends: %s", strerror(-r));
	_exit(r < 0);
}

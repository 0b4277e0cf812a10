// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgated as init runs it: the ports held, the device configured and sealed,
 * then the parent's loop. The lock comes first: whatever fails later, fails
 * behind it.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "configure.h"
#include "digest.h"
#include "files.h"
#include "log.h"
#include "ops_real.h"
#include "serve.h"
#include "server.h"

/* Whom the door process becomes, unless --user says otherwise. */
#define USER_DEFAULT	"svcgate"

static int open_signals(int *ret_fd)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	*ret_fd = fd;
	return 0;
}

static int open_outside(struct server *server, const struct options *options)
{
	int r;

	r = open_signals(&server->signals);
	if (r < 0) {
		log_error("cannot take signals: %s", strerror(-r));
		return r;
	}
	r = uevent_open(&server->uevents);
	if (r < 0)
		log_warning("cannot listen for devices: %s; a port that goes away is not held again when it comes back",
			    strerror(-r));
	r = files_open_dir(options->store, &server->store);
	if (r < 0)
		log_error("cannot open the store %s: %s; going on as with an empty one",
			  options->store, strerror(-r));
	backend_open(&server->backend, server->ops, options);
	return 0;
}

/* What cannot be digested cannot be trusted: the device is then locked. */
static int configure_device(struct server *server, struct configure_plan *plan)
{
	struct digest digest;
	const struct store store = {
		.ops = server->ops,
		.dir = server->store,
		.sha256 = digest_sha256,
		.sha256_context = &digest,
	};
	int r;

	plan->backend = &server->backend;
	(void)digest_open(&digest);
	r = configure(&store, plan);
	digest_close(&digest);
	return r;
}

/*
 * The door process writes the store, so its user should be nobody else's, not
 * even the executors'.
 */
static int find_users(struct server *server, const struct options *options)
{
	struct process_identity *nobody = &server->executors.nobody;
	int r;

	r = process_find_user(NULL, nobody);
	if (r < 0)
		return r;
	r = process_find_user(options->user ? options->user : USER_DEFAULT,
			      &server->identity);
	if (r == -ENOENT && options->user)
		log_error("--user %s: /etc/passwd knows nobody of that name", options->user);
	if (r == -ENOENT && !options->user) {
		server->identity = *nobody;
		r = 0;
	}
	if (!r && server->identity.uid == nobody->uid)
		log_warning("the door process runs as uid %u, as executors do: they could write the store; make a user " USER_DEFAULT ", or name one with --user",
			    (unsigned int)nobody->uid);
	return r;
}

/* From here on the parent does not touch the store. */
static void give_store(const struct server *server, const char *path)
{
	static const u8 kinds[] = {
		SVCGATE_RECORD_STATE, SVCGATE_RECORD_KEYSTORE, SVCGATE_RECORD_CAPABILITY,
	};
	char names[ARRAY_SIZE(kinds) * STORE_COPIES][STORE_NAME_SIZE];
	const char *list[ARRAY_SIZE(names)];
	unsigned int i;
	int r;

	if (server->store < 0 || geteuid())
		return;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		store_copy_name(kinds[i / STORE_COPIES], i % STORE_COPIES, names[i]);
		list[i] = names[i];
	}
	r = files_give(server->store, list, ARRAY_SIZE(list), server->identity.uid,
		       server->identity.gid);
	if (r < 0)
		log_error("the store %s cannot be given to uid %u, whom the door process becomes: %s; changes of trust will not be stored",
			  path, (unsigned int)server->identity.uid, strerror(-r));
}

static int start(struct server *server, const struct options *options)
{
	static const struct maker_report report = { .refused = maker_log_refused };
	struct configure_plan plan = {
		.allow_process_held = options->allow_process_held,
		.maker = &server->maker,
	};
	int r;

	r = options_device_id(options, plan.id, &plan.id_length);
	if (!r)
		r = options_audience(options, plan.audience);
	if (!r)
		r = find_users(server, options);
	if (!r)
		r = ops_real_connect(options->wait);
	if (!r)
		r = open_outside(server, options);
	if (r < 0)
		return r;

	ports_init(&server->ports, server->ops, options);
	r = ports_scan(&server->ports);
	if (!r)
		r = ports_attach(&server->ports);
	if (!r && !server->ports.count)
		log_warning("no port is held and none is named; name one with --port, or load the module with hold=");
	if (!r) {
		maker_load(options->ops_dir, &report, &server->maker);
		r = configure_device(server, &plan);
	}
	if (!r)
		give_store(server, options->store);
	return r;
}

/**
 * serve() - svcgated's work
 * @options: the command line
 *
 * Says itself what is wrong.
 *
 * Return: 0 after a signal asked for the end, or a negative errno.
 */
int serve(const struct options *options)
{
	struct server server = {
		.ops = &helper_ops_real,
		.executors = {
			.ops = &helper_ops_real,
			.dir = options->executors,
			.maker = &server.maker,
			.reboot = options->reboot,
		},
		.store = -1,
		.signals = -1,
		.uevents = -1,
		.pair = -1,
	};
	int r;

	r = start(&server, options);
	if (!r) {
		/* Keystore and libcrypto were only passing through. */
		malloc_trim(0);
		r = server_run(&server);
	}
	maker_free(&server.maker);
	ops_real_disconnect();
	return r;
}

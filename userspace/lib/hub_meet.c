// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hub: where it is found, and how it is started.
 *
 * Whoever holds the lock of the port is the one who may put a socket there, so
 * two that begin at once cannot both be the hub, and the socket that a killed hub
 * has left is replaced.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "hub.h"

/*
 * What a client may write ahead: a frame waits for its turn in the hub, not in
 * a socket, so that its sender knows.
 */
#define CLIENT_BUFFER	8192

/* A directory that only this user can write to or look into. */
static int own_directory(const char *path)
{
	struct stat info;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (lstat(path, &info) < 0)
		return -errno;
	if (!S_ISDIR(info.st_mode))
		return -ENOTDIR;
	return info.st_uid == geteuid() && !(info.st_mode & 077) ? 0 : -EPERM;
}

/**
 * hub_address() - where the hub of a port is found, if there is one
 * @port: path of the port's node
 * @baud: bits a second; who wants another speed cannot share
 * @ret_address: of its socket
 *
 * One port can have many names; the device's number is the same.
 *
 * Return: 0, or negative errno: no place for a hub.
 */
int hub_address(const char *port, unsigned int baud, struct sockaddr_un *ret_address)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t size = sizeof(address.sun_path);
	struct stat info;
	int n, r;

	if (!runtime || *runtime != '/')
		return -ENOENT;
	if (stat(port, &info) < 0)
		return -errno;
	if (!S_ISCHR(info.st_mode))
		return -ENOTTY;
	n = snprintf(address.sun_path, size, "%s/svcgate", runtime);
	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	r = own_directory(address.sun_path);
	if (r < 0)
		return r;
	n = snprintf(address.sun_path, size, "%s/svcgate/tty-%u-%u-%u.sock", runtime,
		     major(info.st_rdev), minor(info.st_rdev), baud);
	if (n < 0 || (size_t)n >= size)
		return -ENAMETOOLONG;
	*ret_address = address;
	return 0;
}

/**
 * hub_same_user() - is the other end of a socket this user's?
 * @fd: the socket
 *
 * Beside the directory's permissions, where the system can tell.
 */
bool hub_same_user(int fd)
{
#ifdef SO_PEERCRED
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length))
		return peer.uid == geteuid();
#endif
	return true;
}

static void set_buffer(int fd, int size)
{
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/**
 * hub_connect() - connect to a hub
 * @address: from hub_address()
 * @ret_fd: non-blocking socket; the hub has not taken it in yet
 *
 * Return: 0 or negative errno; nobody listens there.
 */
int hub_connect(const struct sockaddr_un *address, int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		r = -errno;
	else
		r = hub_same_user(fd) ? 0 : -EPERM;
	if (r < 0) {
		close(fd);
		return r;
	}
	set_buffer(fd, CLIENT_BUFFER);
	*ret_fd = fd;
	return 0;
}

/* Only with the lock of the port: what is there is a killed hub's. */
static int listen_at(const struct sockaddr_un *address, int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	unlink(address->sun_path);
	if (!bind(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    !listen(fd, HUB_CLIENTS_MAX)) {
		*ret_fd = fd;
		return 0;
	}
	r = -errno;
	close(fd);
	return r;
}

static void default_signals(void)
{
	sigset_t none;
	int number;

	for (number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The descriptors that stay become 3, 4 and 5; standard ones lead nowhere. */
static void keep_only(int fds[3])
{
	int null, i;

	for (i = 0; i < 3; i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 6);
	null = open("/dev/null", O_RDWR);
	for (i = 0; i < 3; i++)
		dup2(null, i);
	for (i = 0; i < 3; i++)
		fds[i] = dup2(fds[i], 3 + i);
	closefrom(6);
}

/* The program that it came from has nothing of its own here. */
static void __attribute__((noreturn))
become_hub(struct hub *hub, struct svcgate_serial *serial, int listener,
		       int first, const struct sockaddr_un *address)
{
	int fds[3] = { serial->fd, listener, first };

	/* No signals from the terminal. */
	setsid();
	prctl(PR_SET_NAME, "svcgate-hub");
	default_signals();
	keep_only(fds);
	if (chdir("/") < 0)
		_exit(1);
	serial->fd = fds[0];
	hub_init(hub, serial, fds[1], fds[2]);
	hub_run(hub);

	/* Who comes now finds no socket, and waits for the lock of the port. */
	unlink(address->sun_path);
	close(hub->listener);
	svcgate_serial_close(&hub->serial, hub_goodbye(hub));
	hub_tell_end(hub);
	_exit(0);
}

/**
 * hub_start() - start the hub of a port
 * @serial: the port; the hub's when this succeeds
 * @address: from hub_address()
 * @ret_fd: non-blocking socket to the hub
 *
 * Return: the hub, a child, or negative errno; @serial is as it was then.
 */
pid_t hub_start(struct svcgate_serial *serial, const struct sockaddr_un *address,
		int *ret_fd)
{
	struct hub *hub = calloc(1, sizeof(*hub));
	int listener = -1, pair[2], r;
	pid_t child;

	if (!hub)
		return -ENOMEM;
	r = listen_at(address, &listener);
	if (r < 0)
		goto free_hub;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0) {
		r = -errno;
		goto remove_socket;
	}
	set_buffer(pair[0], CLIENT_BUFFER);
	child = fork();
	if (!child)
		become_hub(hub, serial, listener, pair[1], address);
	r = -errno;
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		goto remove_socket;
	}
	close(listener);
	close(serial->fd);
	free(hub);
	*ret_fd = pair[0];
	return child;

remove_socket:
	unlink(address->sun_path);
	close(listener);
free_hub:
	free(hub);
	return r;
}

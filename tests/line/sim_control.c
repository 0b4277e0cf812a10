// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linesim: where commands come from, and the answers go to.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim.h"

#define ANSWER_MAX	2048

static int address(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	strcpy(ret->sun_path, path);
	return 0;
}

/**
 * sim_control_open() - listen for commands
 * @control: with its path
 *
 * Return: 0 or a negative errno.
 */
int sim_control_open(struct sim_control *control)
{
	struct sockaddr_un name;
	int fd, r;

	control->listener = -1;
	control->client = -1;
	if (!control->path)
		return 0;
	r = address(control->path, &name);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(control->path);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, 8) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	control->listener = fd;
	return 0;
}

/**
 * sim_control_close() - no more commands
 * @control: also one that listens nowhere
 */
void sim_control_close(struct sim_control *control)
{
	if (control->client >= 0)
		close(control->client);
	if (control->listener < 0)
		return;
	close(control->listener);
	unlink(control->path);
}

/**
 * sim_control_accept() - one client after the other
 * @sim: the line
 */
void sim_control_accept(struct sim *sim)
{
	sim->control.client = accept4(sim->control.listener, NULL, NULL, SOCK_CLOEXEC);
	sim->control.from_client.used = 0;
}

static void give(int fd, const char *text)
{
	size_t length = strlen(text);
	ssize_t count;

	/* An answer is for who asked; one that left needs none. */
	while (length) {
		count = fd == STDIN_FILENO ? write(STDOUT_FILENO, text, length) :
		      send(fd, text, length, MSG_NOSIGNAL);
		if (count <= 0)
			return;
		text += count;
		length -= count;
	}
}

/**
 * sim_control_read() - read commands, line by line, and answer them
 * @sim: the line
 * @fd: where from; becomes -1 at its end
 * @commands: what of them has come so far
 */
void sim_control_read(struct sim *sim, int *fd, struct sim_commands *commands)
{
	char answer[ANSWER_MAX], *end;
	ssize_t count;

	count = read(*fd, commands->text + commands->used,
		     sizeof(commands->text) - commands->used);
	if (count <= 0 || commands->used + count == sizeof(commands->text)) {
		if (*fd != STDIN_FILENO)
			close(*fd);
		*fd = -1;
		return;
	}
	commands->used += count;
	while ((end = memchr(commands->text, '\n', commands->used))) {
		*end++ = '\0';
		sim_command(sim, commands->text, answer, sizeof(answer));
		give(*fd, answer);
		commands->used -= end - commands->text;
		memmove(commands->text, end, commands->used);
	}
}

/**
 * sim_control_tell() - give a running linesim one command, print the answer
 * @path: of its socket
 * @count: words of the command
 * @words: the words
 *
 * Return: 0, or a negative errno; -EINVAL when the command was refused.
 */
int sim_control_tell(const char *path, int count, char **words)
{
	struct sockaddr_un name;
	char buf[ANSWER_MAX];
	size_t used = 0;
	ssize_t n;
	int fd, i, r;

	r = address(path, &name);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		return -errno;
	for (i = 0; i < count; i++)
		used += snprintf(buf + used, used < sizeof(buf) ? sizeof(buf) - used : 0,
				 "%s%s", i ? " " : "", words[i]);
	if (used + 1 >= sizeof(buf))
		return -EMSGSIZE;
	buf[used++] = '\n';
	buf[used] = '\0';
	give(fd, buf);
	shutdown(fd, SHUT_WR);
	for (used = 0; used < sizeof(buf) - 1; used += n) {
		n = read(fd, buf + used, sizeof(buf) - 1 - used);
		if (n <= 0)
			break;
	}
	close(fd);
	buf[used] = '\0';
	fputs(buf, stdout);
	return !used ? -ECONNRESET : !strncmp(buf, "error", 5) ? -EINVAL : 0;
}

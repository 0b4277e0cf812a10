// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the parent and the door process say to each other: one message is one
 * packet, descriptors travel beside it.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pair.h"

union control {
	char buf[CMSG_SPACE(PAIR_FD_COUNT * sizeof(int))];
	struct cmsghdr align;
};

/**
 * pair_open() - make the two ends
 * @ret_fds: the parent's, the door process's
 *
 * Return: 0 or a negative errno.
 */
int pair_open(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0 ? -errno : 0;
}

static int send_message(int fd, const struct pair_message *message, const int *fds,
			size_t count, int flags)
{
	struct iovec iov = { .iov_base = (void *)message, .iov_len = sizeof(*message) };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control = {};
	struct cmsghdr *cmsg;
	ssize_t n;

	if (count) {
		header.msg_control = control.buf;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&header);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, count * sizeof(int));
	}
	do {
		n = sendmsg(fd, &header, flags | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == sizeof(*message) ? 0 : -EIO;
}

/**
 * pair_send() - send a message to the door process, without waiting
 * @fd: own end
 * @message: the message
 * @fds: descriptors that go with it; they stay open here
 * @count: how many, at most %PAIR_FD_COUNT
 *
 * The parent serves every port. A door process that is behind by hundreds of
 * messages is not worth waiting for.
 *
 * Return: 0, -EAGAIN when there is no room, -EPIPE when the other end is
 * closed, or another negative errno.
 */
int pair_send(int fd, const struct pair_message *message, const int *fds, size_t count)
{
	if (count > PAIR_FD_COUNT)
		return -EINVAL;
	return send_message(fd, message, fds, count, MSG_DONTWAIT);
}

/**
 * pair_tell() - send a message to the parent, waiting for room
 * @fd: own end
 * @message: the message
 *
 * No word of the door process may be lost: an executor could go on without a
 * reason (P8). The parent never waits for it, so this ends.
 *
 * Return: 0, -EPIPE when the parent is gone, or another negative errno.
 */
int pair_tell(int fd, const struct pair_message *message)
{
	return send_message(fd, message, NULL, 0, 0);
}

/* Descriptors are taken even from a message that will be refused. */
static size_t take_fds(struct msghdr *header, int *fds, size_t size)
{
	struct cmsghdr *cmsg;
	size_t count, i, taken = 0;
	int fd;

	for (cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			if (taken < size)
				fds[taken++] = fd;
			else
				close(fd);
		}
	}
	return taken;
}

/**
 * pair_receive() - receive a message, without waiting
 * @fd: own end
 * @ret_message: the message
 * @ret_fds: descriptors that came with it; NULL to have them thrown away
 * @size: room in @ret_fds
 * @ret_count: descriptors in @ret_fds; NULL when @ret_fds is
 *
 * Return: 0, -EAGAIN when nothing is there, -EPIPE when the other end is
 * closed, -EPROTO for what is not a message, or another negative errno.
 */
int pair_receive(int fd, struct pair_message *ret_message, int *ret_fds, size_t size,
		 size_t *ret_count)
{
	struct pair_message message;
	struct iovec iov = { .iov_base = &message, .iov_len = sizeof(message) };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
	int fds[PAIR_FD_COUNT];
	size_t count;
	ssize_t n;

	/* Without room for descriptors the kernel throws them away. */
	if (ret_fds) {
		header.msg_control = control.buf;
		header.msg_controllen = sizeof(control.buf);
	}
	do {
		n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	count = take_fds(&header, fds, PAIR_FD_COUNT);
	if (n != sizeof(message) || (header.msg_flags & MSG_TRUNC) || count > size) {
		while (count)
			close(fds[--count]);
		return n ? -EPROTO : -EPIPE;
	}
	*ret_message = message;
	if (ret_fds) {
		memcpy(ret_fds, fds, count * sizeof(int));
		*ret_count = count;
	}
	return 0;
}

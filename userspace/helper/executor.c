// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executors, the parent's side: which program carries an operation out, what
 * it is given, and when it is ended.
 *
 * An executor gets the name of its operation and arguments from the device's
 * own configuration; what the host sent reaches it through a descriptor that
 * the parent only hands over.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <unistd.h>

#include "executor.h"
#include "gate.h"
#include "log.h"
#include "options.h"

/* An executor whose transaction is over has this long to come to its end. */
#define FINISH_MS		30000

/* Program, operation, configured words, NULL. */
#define ARGUMENTS_MAX		(2 + OPTIONS_REBOOT_WORDS + 1)

/**
 * struct executor_row - the program of a range of operations
 * @first: first operation
 * @last: last operation
 * @program: its file, in the directory of executors
 * @root: keeps uid 0, with @capabilities; else it becomes nobody
 * @capabilities: bit n for CAP_n
 * @reboot: gets the words of the reboot command as further arguments
 * @stays: once answered, goes on when its transaction or svcgated ends
 */
struct executor_row {
	u16 first;
	u16 last;
	const char *program;
	bool root;
	u64 capabilities;
	bool reboot;
	bool stays;
};

/*
 * restart: the init that it speaks to wants uid 0; CAP_KILL for a signal to an
 * init in another session, CAP_SYS_BOOT for a reboot program that does it all.
 */
static const struct executor_row rows[] = {
	{
		.first = SVCGATE_OP_OS_VERSION,
		.last = SVCGATE_OP_OS_VERSION,
		.program = "system",
	}, {
		.first = SVCGATE_OP_RESTART,
		.last = SVCGATE_OP_RESTART,
		.program = "system",
		.root = true,
		.capabilities = 1ULL << CAP_KILL | 1ULL << CAP_SYS_BOOT,
		.reboot = true,
		.stays = true,
	},
};

static const struct executor_row *find_row(u16 op)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (op >= rows[i].first && op <= rows[i].last)
			return &rows[i];
	return NULL;
}

static struct executor *find_running(struct executors *executors, u32 id)
{
	unsigned int i;

	for (i = 0; i < EXECUTORS_MAX; i++)
		if (executors->running[i].pid && executors->running[i].id == id)
			return &executors->running[i];
	return NULL;
}

static struct executor *find_free(struct executors *executors)
{
	unsigned int i;

	for (i = 0; i < EXECUTORS_MAX; i++)
		if (!executors->running[i].pid)
			return &executors->running[i];
	return NULL;
}

static void close_all(int *fds, size_t count)
{
	while (count)
		close(fds[--count]);
}

/*
 * One pipe for each of the executor's descriptors 3 to 6. The ends that the
 * door process gets do not block: it serves many.
 */
static int open_pipes(int ours[PAIR_FD_COUNT], int theirs[PAIR_FD_COUNT])
{
	size_t i;
	int fds[2], r;
	bool written;

	for (i = 0; i < PAIR_FD_COUNT; i++) {
		written = i == PAIR_FD_REQUEST || i == PAIR_FD_IN;
		r = pipe2(fds, O_CLOEXEC) < 0 ? -errno : 0;
		if (r < 0)
			goto fail;
		ours[i] = fds[written];
		theirs[i] = fds[!written];
		if (fcntl(ours[i], F_SETFL, O_NONBLOCK) < 0) {
			r = -errno;
			i++;
			goto fail;
		}
	}
	return 0;
fail:
	close_all(ours, i);
	close_all(theirs, i);
	return r;
}

static pid_t start(struct executors *executors, const struct executor_row *row,
		   const char *name, const int theirs[PAIR_FD_COUNT])
{
	const char *arguments[ARGUMENTS_MAX] = { row->program, name };
	struct process_plan plan = {
		.argv = arguments,
		.fd_count = PAIR_FD_COUNT,
		.identity = executors->nobody,
		.stays = row->stays,
	};
	char path[256];
	size_t i;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", executors->dir, row->program) >=
	    sizeof(path))
		return -ENAMETOOLONG;
	plan.path = path;
	memcpy(plan.fds, theirs, sizeof(plan.fds));
	if (row->root)
		plan.identity = (struct process_identity){ .capabilities = row->capabilities };
	for (i = 0; row->reboot && executors->reboot[i]; i++)
		arguments[2 + i] = executors->reboot[i];
	return executors->ops->process_start(executors->ops->context, &plan);
}

static int refuse(u16 reason, u16 *ret_reason, u16 *ret_detail)
{
	*ret_reason = reason;
	*ret_detail = 0;
	return -ENOENT;
}

/**
 * executors_start() - start the executor of an operation
 * @executors: all of them
 * @id: number for it, chosen by the door process; not 0
 * @op: the operation
 * @ret_fds: the door process's ends of its descriptors, by &enum pair_executor_fd
 * @ret_reason: why there is none, when the answer is not 0
 * @ret_detail: its detail
 *
 * Return: 0 or a negative errno.
 */
int executors_start(struct executors *executors, u32 id, u16 op, int ret_fds[PAIR_FD_COUNT],
		    u16 *ret_reason, u16 *ret_detail)
{
	const struct svcgate_rule *rule = svcgate_policy_find(op);
	const struct executor_row *row = find_row(op);
	struct executor *slot = find_free(executors);
	int ours[PAIR_FD_COUNT], theirs[PAIR_FD_COUNT], r;
	pid_t pid = 0;

	if (!rule || !row || !id || find_running(executors, id))
		return refuse(SVCGATE_REASON_NOT_AVAILABLE, ret_reason, ret_detail);
	if (!slot) {
		log_warning("%s is refused: %d executors are running", rule->name,
			    EXECUTORS_MAX);
		return refuse(SVCGATE_REASON_BUSY, ret_reason, ret_detail);
	}
	r = open_pipes(ours, theirs);
	if (!r) {
		pid = start(executors, row, rule->name, theirs);
		close_all(theirs, PAIR_FD_COUNT);
		if (pid < 0) {
			close_all(ours, PAIR_FD_COUNT);
			r = (int)pid;
		}
	}
	if (r < 0) {
		log_error("cannot start the executor of %s, %s/%s: %s", rule->name,
			  executors->dir, row->program, strerror(-r));
		return refuse(r == -ENOMEM || r == -EAGAIN || r == -EMFILE ?
			      SVCGATE_REASON_NO_MEMORY : SVCGATE_REASON_NOT_AVAILABLE,
			      ret_reason, ret_detail);
	}
	*slot = (struct executor){ .pid = pid, .id = id, .stays = row->stays };
	memcpy(ret_fds, ours, sizeof(ours));
	return 0;
}

static void kill_one(struct executors *executors, const struct executor *executor)
{
	(void)executors->ops->process_kill(executors->ops->context, executor->pid);
}

/**
 * executors_answered() - the kernel has its answer
 * @executors: all of them
 * @id: which; may have ended already
 */
void executors_answered(struct executors *executors, u32 id)
{
	struct executor *executor = find_running(executors, id);

	if (executor)
		executor->answered = true;
}

/**
 * executors_finish() - its transaction is over, it may come to its end
 * @executors: all of them
 * @id: which; may have ended already
 */
void executors_finish(struct executors *executors, u32 id)
{
	struct executor *executor = find_running(executors, id);

	if (!executor || executor->finishing)
		return;
	executor->finishing = true;
	executor->deadline = executors->ops->now(executors->ops->context) + FINISH_MS;
}

/**
 * executors_kill() - its transaction is over, and with it all reason to go on
 * @executors: all of them
 * @id: which; may have ended already
 *
 * What was promised is kept: a restart that was answered goes on.
 */
void executors_kill(struct executors *executors, u32 id)
{
	struct executor *executor = find_running(executors, id);

	if (!executor)
		return;
	if (executor->stays && executor->answered)
		executors_finish(executors, id);
	else
		kill_one(executors, executor);
}

/**
 * executors_end() - no transaction is left: the door process or svcgated ends
 * @executors: all of them
 */
void executors_end(struct executors *executors)
{
	struct executor *executor;
	unsigned int i;

	for (i = 0; i < EXECUTORS_MAX; i++) {
		executor = &executors->running[i];
		if (!executor->pid)
			continue;
		executors_kill(executors, executor->id);
		/* The next door process counts from 1 again. */
		executor->id = 0;
	}
}

/**
 * executors_ended() - a process has ended and is about to be reaped
 * @executors: all of them
 * @pid: the process
 * @ret_id: its number
 *
 * To be called before the process is reaped, as long as its number cannot be
 * another's: what it left in its group is ended too.
 *
 * Return: 1 when it was an executor, else 0.
 */
int executors_ended(struct executors *executors, pid_t pid, u32 *ret_id)
{
	struct executor *executor;
	unsigned int i;

	for (i = 0; i < EXECUTORS_MAX; i++) {
		executor = &executors->running[i];
		if (executor->pid != pid)
			continue;
		if (!executor->stays)
			kill_one(executors, executor);
		*ret_id = executor->id;
		*executor = (struct executor){};
		return 1;
	}
	return 0;
}

/**
 * executors_expire() - end those that had long enough to finish
 * @executors: all of them
 *
 * Return: milliseconds until the next call is due, -1 for never.
 */
int64_t executors_expire(struct executors *executors)
{
	int64_t now = executors->ops->now(executors->ops->context), next = -1, left;
	struct executor *executor;
	unsigned int i;

	for (i = 0; i < EXECUTORS_MAX; i++) {
		executor = &executors->running[i];
		if (!executor->pid || !executor->finishing)
			continue;
		left = executor->deadline - now;
		if (left <= 0) {
			log_warning("an executor did not end %d s after its transaction: killed",
				    FINISH_MS / 1000);
			kill_one(executors, executor);
			/* Until it is reaped; a second round does no harm. */
			executor->deadline = now + FINISH_MS;
			left = FINISH_MS;
		}
		if (next < 0 || left < next)
			next = left;
	}
	return next;
}

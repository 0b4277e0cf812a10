// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executors, the parent's side: which program carries an operation out, what
 * it is given, and when it is ended.
 *
 * An executor gets the name of its operation and arguments from the device's
 * own configuration, where the maker's operations are, too; what the host sent
 * reaches it through a descriptor that the parent only hands over.
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
_Static_assert(MAKER_ARGUMENTS_MAX <= OPTIONS_REBOOT_WORDS, "a maker's program gets them, too");

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

/**
 * struct executor_job - what is to be started
 * @operation: its name
 * @plan: the program
 * @arguments: of @plan
 * @path: of @plan, where it is put together
 */
struct executor_job {
	const char *operation;
	struct process_plan plan;
	const char *arguments[ARGUMENTS_MAX];
	char path[256];
};

static void add_words(struct executor_job *job, const char *const *words)
{
	size_t i;

	for (i = 0; words[i]; i++)
		job->arguments[2 + i] = words[i];
}

static int plan_row(const struct executors *executors, const struct svcgate_rule *rule,
		    const struct executor_row *row, struct executor_job *job)
{
	job->operation = rule->name;
	job->plan.path = job->path;
	if ((size_t)snprintf(job->path, sizeof(job->path), "%s/%s", executors->dir,
			     row->program) >= sizeof(job->path))
		return -ENAMETOOLONG;
	job->plan.stays = row->stays;
	job->arguments[0] = row->program;
	if (row->root)
		job->plan.identity =
			(struct process_identity){ .capabilities = row->capabilities };
	if (row->reboot)
		add_words(job, executors->reboot);
	return 0;
}

static void plan_maker(const struct maker_op *op, struct executor_job *job)
{
	job->operation = op->rule.name;
	job->plan.path = op->program;
	job->arguments[0] = op->program;
	add_words(job, op->arguments);
}

/* Who carries an operation out; -ENOENT when nobody does. */
static int plan(const struct executors *executors, u16 op, struct executor_job *job)
{
	const struct svcgate_rule *rule = svcgate_policy_find(op);
	const struct executor_row *row = find_row(op);
	const struct maker_op *maker = maker_find(executors->maker, op);
	int r = 0;

	*job = (struct executor_job){
		.plan.fd_count = PAIR_FD_COUNT,
		.plan.identity = executors->nobody,
	};
	job->plan.argv = job->arguments;
	if (rule && row)
		r = plan_row(executors, rule, row, job);
	else if (maker)
		plan_maker(maker, job);
	else
		return -ENOENT;
	job->arguments[1] = job->operation;
	return r;
}

static int start(struct executors *executors, struct executor_job *job,
		 int ret_fds[PAIR_FD_COUNT], pid_t *ret_pid)
{
	int theirs[PAIR_FD_COUNT], r;
	pid_t pid;

	r = open_pipes(ret_fds, theirs);
	if (r < 0)
		return r;
	memcpy(job->plan.fds, theirs, sizeof(job->plan.fds));
	pid = executors->ops->process_start(executors->ops->context, &job->plan);
	close_all(theirs, PAIR_FD_COUNT);
	if (pid < 0) {
		close_all(ret_fds, PAIR_FD_COUNT);
		return (int)pid;
	}
	*ret_pid = pid;
	return 0;
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
	struct executor *slot = find_free(executors);
	int ours[PAIR_FD_COUNT], r;
	struct executor_job job;
	pid_t pid;

	r = plan(executors, op, &job);
	if (r == -ENOENT || !id || find_running(executors, id))
		return refuse(SVCGATE_REASON_NOT_AVAILABLE, ret_reason, ret_detail);
	if (!slot) {
		log_warning("%s is refused: %d executors are running", job.operation,
			    EXECUTORS_MAX);
		return refuse(SVCGATE_REASON_BUSY, ret_reason, ret_detail);
	}
	if (!r)
		r = start(executors, &job, ours, &pid);
	if (r < 0) {
		log_error("cannot start the executor of %s, %s: %s", job.operation,
			  job.plan.path, strerror(-r));
		return refuse(r == -ENOMEM || r == -EAGAIN || r == -EMFILE ?
			      SVCGATE_REASON_NO_MEMORY : SVCGATE_REASON_NOT_AVAILABLE,
			      ret_reason, ret_detail);
	}
	*slot = (struct executor){ .pid = pid, .id = id, .stays = job.plan.stays };
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

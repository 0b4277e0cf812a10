// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of a port: is it there, is it held, and does anything reach the line
 * beside or below the discipline: a console, a debugger, a login, a process.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "probe.h"

static void probe_hardware(struct probe *probe, const char *name)
{
	char path[128], *type, *driver;
	bool dead;

	snprintf(path, sizeof(path), "/sys/class/tty/%s/type", name);
	type = probe_read(probe, path);
	/* Only serial lines have a type; 0 is a placeholder without hardware. */
	dead = type && !strcmp(type, "0\n");
	free(type);
	if (dead) {
		probe_add(probe, "port", name, PROBE_FAIL,
			  "name another line; /proc/tty/driver/serial lists them",
			  "there is no hardware behind it");
		return;
	}
	snprintf(path, sizeof(path), "/sys/class/tty/%s/dev", name);
	driver = probe_read(probe, path);
	if (driver)
		probe_add(probe, "port", name, PROBE_OK, NULL, "the line is there");
	else
		probe_add(probe, "port", name, PROBE_FAIL,
			  "look for the line's name in /sys/class/tty", "there is no such line");
	free(driver);
}

static void probe_held(struct probe *probe, const char *name, const struct device_port *held)
{
	if (!probe->netlink)
		return;
	if (!held)
		probe_add(probe, "held", name, PROBE_WARN,
			  "name it with --port, or load the module with hold=",
			  "the kernel does not hold it: it is an open line");
	else if (held->flags & SVCGATE_PORT_PROCESS_HELD)
		probe_add(probe, "held", name, PROBE_WARN, "let the kernel hold it: --port",
			  "it is held by a process, which can take the lock away");
	else
		probe_add(probe, "held", name, PROBE_OK, NULL, "the kernel holds it, /dev/svcgate%u%s",
			  held->number,
			  held->flags & SVCGATE_PORT_DOOR_OPEN ? ", served" : ", not served");
}

static void probe_console(struct probe *probe, const char *name, const char *cmdline)
{
	char *consoles = probe_read(probe, "/proc/consoles");
	char *active = probe_read(probe, "/sys/class/tty/console/active"), word[64];

	snprintf(word, sizeof(word), "console=%s", name);
	if (probe_has_word(consoles, name) || probe_has_word(active, name))
		probe_add(probe, "console", name, PROBE_FAIL,
			  "take console= of this line off the kernel's command line, and stdout-path out of the device tree",
			  "the kernel's console is on it: its messages go out, and BREAK reaches SysRq below every discipline");
	else if (cmdline && strstr(cmdline, word))
		probe_add(probe, "console", name, PROBE_WARN,
			  "take it off the kernel's command line",
			  "the command line names it as console, though none runs on it now");
	else
		probe_add(probe, "console", name, PROBE_OK, NULL, "no console is on it");
	free(consoles);
	free(active);
}

static void probe_early(struct probe *probe, const char *name, const char *cmdline)
{
	/* With an address instead of a name nobody can tell which line it is. */
	if (cmdline && (strstr(cmdline, "earlycon") || strstr(cmdline, "earlyprintk")))
		probe_add(probe, "earlycon", name, PROBE_WARN,
			  "take earlycon and earlyprintk off the kernel's command line of a product",
			  "an early console is configured; make sure that it is another line");
}

static void probe_debugger(struct probe *probe, const char *name)
{
	char *kgdb = probe_read(probe, "/sys/module/kgdboc/parameters/kgdboc");

	if (probe_has_word(kgdb, name))
		probe_add(probe, "kgdb", name, PROBE_FAIL,
			  "take kgdboc= off the kernel's command line",
			  "the kernel's debugger listens on it");
	free(kgdb);
}

/**
 * probe_consoles() - does the kernel itself use the line?
 * @probe: the findings
 * @name: of the tty
 */
void probe_consoles(struct probe *probe, const char *name)
{
	char *cmdline = probe_read(probe, "/proc/cmdline");

	probe_console(probe, name, cmdline);
	probe_early(probe, name, cmdline);
	probe_debugger(probe, name);
	free(cmdline);
}

static bool same_node(const struct stat *node, const char *path)
{
	struct stat other;

	return !stat(path, &other) && S_ISCHR(other.st_mode) &&
	       other.st_rdev == node->st_rdev;
}

/* Does a process have the node open? */
static bool has_open(const struct probe *probe, const char *pid, const struct stat *node)
{
	char path[PATH_MAX], file[PATH_MAX + NAME_MAX + 2];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/proc/%.16s/fd", probe->root, pid);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)*entry->d_name))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		found = same_node(node, file);
	}
	if (dir)
		closedir(dir);
	return found;
}

static void report_opener(struct probe *probe, const char *name, const char *pid)
{
	char path[64], *comm;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	comm = probe_read(probe, path);
	if (comm)
		comm[strcspn(comm, "\n")] = '\0';
	probe_add(probe, "open", name, PROBE_FAIL,
		  "stop it: for a login take its line out of /etc/inittab, or systemctl disable --now serial-getty@...",
		  "process %s (%s) has it open", pid, comm ? comm : "?");
	free(comm);
}

static void probe_logins(struct probe *probe, const char *name)
{
	char *inittab = probe_read(probe, "/etc/inittab"), path[PATH_MAX];
	struct stat status;
	char *line, *rest = inittab;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (*line == '#' || !strstr(line, name) || !strstr(line, "getty"))
			continue;
		probe_add(probe, "getty", name, PROBE_WARN, "take the line out of /etc/inittab",
			  "init is to start a login on it: %s", line);
	}
	free(inittab);
	snprintf(path, sizeof(path),
		 "%s/etc/systemd/system/getty.target.wants/serial-getty@%s.service", probe->root,
		 name);
	if (!lstat(path, &status))
		probe_add(probe, "getty", name, PROBE_WARN,
			  "systemctl mask serial-getty@ of this line",
			  "systemd is to start a login on it");
}

/**
 * probe_openers() - does a process use the line, or is one about to?
 * @probe: the findings
 * @name: of the tty
 */
void probe_openers(struct probe *probe, const char *name)
{
	char path[PATH_MAX];
	struct dirent *entry;
	bool found = false;
	struct stat node;
	DIR *proc;

	probe_logins(probe, name);
	snprintf(path, sizeof(path), "%s/dev/%s", probe->root, name);
	if (stat(path, &node) < 0)
		return;
	snprintf(path, sizeof(path), "%s/proc", probe->root);
	proc = opendir(path);
	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)*entry->d_name) ||
		    !has_open(probe, entry->d_name, &node))
			continue;
		found = true;
		report_opener(probe, name, entry->d_name);
	}
	if (proc)
		closedir(proc);
	if (!found)
		probe_add(probe, "open", name, PROBE_OK, NULL, "no process has it open");
}

static void probe_node(struct probe *probe, const char *name)
{
	char path[PATH_MAX], cure[PROBE_TEXT_SIZE];
	struct stat node;

	snprintf(path, sizeof(path), "%s/dev/%s", probe->root, name);
	if (stat(path, &node) < 0) {
		probe_add(probe, "node", name, PROBE_OK, NULL, "there is no node /dev/%s", name);
	} else if ((node.st_mode & 07777) != 0600 || node.st_uid || node.st_gid) {
		snprintf(cure, sizeof(cure),
			 "a udev rule: KERNEL==\"%s\", OWNER=\"root\", GROUP=\"root\", MODE=\"0600\"",
			 name);
		probe_add(probe, "node", name, PROBE_WARN, cure,
			  "/dev/%s is %04o, user %u, group %u; should be 0600, root: while the port is not held, others may open it",
			  name, node.st_mode & 07777, node.st_uid, node.st_gid);
	} else {
		probe_add(probe, "node", name, PROBE_OK, NULL, "/dev/%s is root's, 0600", name);
	}
}

/**
 * probe_port() - all checks of a port
 * @probe: the findings
 * @name: of the tty
 * @held: what the kernel says of it, NULL when it does not hold it
 */
void probe_port(struct probe *probe, const char *name, const struct device_port *held)
{
	probe_hardware(probe, name);
	probe_held(probe, name, held);
	probe_consoles(probe, name);
	probe_openers(probe, name);
	probe_node(probe, name);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open a port from the kernel and let go of it.
 *
 * While the kernel holds the tty, user space cannot even open the node, and the
 * lock outlives the helper. See the table of lives in port.h for who releases.
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/console.h>
#include <linux/ctype.h>
#include <linux/namei.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <linux/tty_flip.h>

#include "port.h"

#define DEFAULT_BAUD	115200

/* With CRTSCTS a flush alone waits 30 s for a host that does not read. */
#define CLOSING_WAIT	(HZ / 4)

/* One attach, detach or release at a time; the outermost lock. */
static DEFINE_MUTEX(control);

static bool allow_consoles;

/* As long as insmod may still fail, nobody may begin to use the module. */
static bool ready;

/**
 * svcgate_hold_ready() - is everything that was to be held from the start held?
 *
 * Return: false while a failure would take the module away again, users or not.
 */
bool svcgate_hold_ready(void)
{
	return READ_ONCE(ready);
}

static bool valid_name(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isalnum(*c) && *c != '_')
			return false;
	return c != name && c - name < SVCGATE_PORT_NAME_SIZE;
}

/*
 * The tty core warns when a line is opened that no driver has registered; sysfs
 * knows the registered ones. Without sysfs there is nobody to ask.
 */
static bool line_is_registered(const char *name)
{
	char file[sizeof("/sys/class/tty/") + SVCGATE_PORT_NAME_SIZE];
	struct path path;
	int error;

	if (kern_path("/sys/class/tty", LOOKUP_FOLLOW, &path))
		return true;
	path_put(&path);
	snprintf(file, sizeof(file), "/sys/class/tty/%s", name);
	error = kern_path(file, LOOKUP_FOLLOW, &path);
	if (!error)
		path_put(&path);
	return !error;
}

/* port->console misses hvc, the list misses a console that was switched off. */
static bool is_console(struct tty_struct *tty)
{
	struct console *console;
	bool found = tty->port->console;
	int index;

	svcgate_console_list_lock();
	for_each_console(console)
		if (console->device && console->device(console, &index) == tty->driver &&
		    index == tty->index)
			found = true;
	svcgate_console_list_unlock();
	return found;
}

static int may_hold(struct tty_struct *tty, bool allow_console, const char **ret_text)
{
	if (tty->driver->type == TTY_DRIVER_TYPE_CONSOLE ||
	    tty->driver->type == TTY_DRIVER_TYPE_PTY) {
		*ret_text = "virtual consoles and ptys cannot be held";
		return -EINVAL;
	}
	if (!allow_console && !allow_consoles && is_console(tty)) {
		*ret_text = "a console of the kernel is on it; take console= off or allow it";
		return -EPERM;
	}
	if (!tty->ops->write) {
		*ret_text = "its driver cannot write";
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * Raw before the driver is opened: a cooked N_TTY would echo what an attacker
 * sends meanwhile. Never IGNPAR or IGNBRK: bad bytes would vanish unseen.
 */
static void make_raw(struct tty_struct *tty, u32 baud, bool rtscts)
{
	down_write(&tty->termios_rwsem);
	tty->termios.c_iflag = INPCK | BRKINT | PARMRK;
	tty->termios.c_oflag = 0;
	tty->termios.c_lflag = 0;
	tty->termios.c_cflag = CS8 | CREAD | CLOCAL | (rtscts ? CRTSCTS : 0);
	tty_termios_encode_baud_rate(&tty->termios, baud, baud);
	up_write(&tty->termios_rwsem);
}

static void restore(struct svcgate_port *port, struct tty_struct *tty)
{
	tty->port->closing_wait = port->saved_closing_wait;
	tty_buffer_set_limit(tty->port, port->saved_flip_limit);
	down_write(&tty->termios_rwsem);
	tty->termios = port->saved_termios;
	up_write(&tty->termios_rwsem);
}

/* Under tty_lock. */
static int open_driver(struct svcgate_port *port, struct tty_struct *tty, u32 baud,
		       bool rtscts, const char **ret_text)
{
	int error;

	port->saved_termios = tty->termios;
	port->saved_closing_wait = tty->port->closing_wait;
	port->saved_flip_limit = tty->port->buf.mem_limit;
	make_raw(tty, baud, rtscts);
	tty->port->closing_wait = CLOSING_WAIT;
	tty_buffer_set_limit(tty->port, SVCGATE_FLIP_LIMIT);

	error = tty->ops->open ? tty->ops->open(tty, NULL) : -ENODEV;
	if (!error && tty_io_error(tty))
		error = -ENXIO;
	if (!error)
		return 0;
	*ret_text = error == -ENXIO ? "there is no hardware on this line" :
				      "its driver cannot be opened";
	if (tty->ops->close)
		tty->ops->close(tty, NULL);
	restore(port, tty);
	return error;
}

/*
 * The same for detach, release and a failed attach. After a hang-up the driver
 * is closed already; TTY_HUPPED says so only under tty_lock.
 */
static void let_go(struct svcgate_port *port, struct tty_struct *tty)
{
	tty_lock(tty);
	if (!test_bit(TTY_HUPPED, &tty->flags)) {
		tty_driver_flush_buffer(tty);
		tty->ops->close(tty, NULL);
	}
	restore(port, tty);
	tty_unlock(tty);
	tty_kclose(tty);
}

static int attach_tty(struct tty_struct *tty, const char *name, u32 baud, bool rtscts,
		      bool allow_console, const char **ret_text)
{
	struct svcgate_port *port;
	int error;

	error = may_hold(tty, allow_console, ret_text);
	if (error)
		goto close_tty;
	port = svcgate_port_create(name, tty, false);
	if (IS_ERR(port)) {
		*ret_text = "no memory, or too many ports are held";
		error = PTR_ERR(port);
		goto close_tty;
	}
	error = open_driver(port, tty, baud, rtscts, ret_text);
	if (error)
		goto release_port;
	port->held_tty = tty;
	/* A hang-up may come from here on; it finds the module held. */
	tty_unlock(tty);

	error = tty_set_ldisc(tty, svcgate_ldisc_number);
	if (!error && atomic_cmpxchg(&port->life, SVCGATE_LIFE_ATTACHING,
				     SVCGATE_LIFE_HELD) != SVCGATE_LIFE_ATTACHING)
		error = -EIO;
	if (error) {
		*ret_text = "the line was hung up meanwhile, or the discipline was refused";
		goto let_go;
	}
	error = svcgate_port_publish(port);
	if (!error)
		return 0;
	*ret_text = "its door cannot be shown";
	if (atomic_cmpxchg(&port->life, SVCGATE_LIFE_HELD, SVCGATE_LIFE_LETTING_GO) !=
	    SVCGATE_LIFE_HELD)
		return error;
let_go:
	/* The work must not write to a driver that is being closed. */
	svcgate_port_close(port, SVCGATE_REASON_END_DETACH);
	let_go(port, tty);
	svcgate_port_release(port, SVCGATE_REASON_END_DETACH);
	return error;

release_port:
	svcgate_port_release(port, SVCGATE_REASON_END_DETACH);
close_tty:
	tty_unlock(tty);
	tty_kclose(tty);
	return error;
}

static int attach_line(const char *name, u32 baud, bool rtscts, bool allow_console,
		       const char **ret_text)
{
	struct tty_struct *tty;
	dev_t number;
	int error;

	if (!valid_name(name)) {
		*ret_text = "not a name of a tty";
		return -EINVAL;
	}
	if (tty_dev_name_to_number(name, &number) || !line_is_registered(name)) {
		*ret_text = "no such tty";
		return -ENODEV;
	}
	mutex_lock(&control);
	tty = tty_kopen_exclusive(number);
	if (IS_ERR(tty)) {
		error = PTR_ERR(tty);
		*ret_text = error == -EBUSY ? "it is held already, or a process has it open" :
					      "it cannot be opened";
	} else {
		error = attach_tty(tty, name, baud ? baud : DEFAULT_BAUD, rtscts,
				   allow_console, ret_text);
	}
	mutex_unlock(&control);
	return error;
}

/**
 * svcgate_hold_attach() - hold a port
 * @name: of the tty, without /dev/
 * @baud: 0: 115200
 * @rtscts: hardware flow control
 * @allow_console: also if it is a console of the kernel's
 * @ret_text: what is wrong
 *
 * Return: 0 or the errno that uapi names; -EAGAIN before insmod is over.
 */
int svcgate_hold_attach(const char *name, u32 baud, bool rtscts, bool allow_console,
			const char **ret_text)
{
	if (!svcgate_hold_ready()) {
		*ret_text = "the module is still being loaded";
		return -EAGAIN;
	}
	return attach_line(name, baud, rtscts, allow_console, ret_text);
}

/**
 * svcgate_hold_detach() - let go of a port
 * @name: of the tty
 * @ret_text: what is wrong
 *
 * Return: 0 when it is gone, -ENODEV, -EBUSY.
 */
int svcgate_hold_detach(const char *name, const char **ret_text)
{
	struct svcgate_port *port = svcgate_port_by_name(name);
	bool mine;

	if (!port) {
		*ret_text = "this port is not held";
		return -ENODEV;
	}
	if (port->process_held) {
		*ret_text = "a process put the discipline there and must take it away";
		svcgate_port_put(port);
		return -EBUSY;
	}
	mutex_lock(&control);
	mine = atomic_cmpxchg(&port->life, SVCGATE_LIFE_HELD, SVCGATE_LIFE_LETTING_GO) ==
	       SVCGATE_LIFE_HELD;
	if (mine) {
		svcgate_port_close(port, SVCGATE_REASON_END_DETACH);
		let_go(port, port->held_tty);
		svcgate_port_release(port, SVCGATE_REASON_END_DETACH);
	}
	mutex_unlock(&control);
	if (!mine)
		wait_for_completion(&port->released);
	svcgate_port_put(port);
	return 0;
}

/**
 * svcgate_hold_release() - let go after the discipline was closed from outside
 * @port: the port
 *
 * Context: the module's workqueue; never inside a callback of the discipline.
 */
void svcgate_hold_release(struct svcgate_port *port)
{
	mutex_lock(&control);
	if (!port->process_held)
		let_go(port, port->held_tty);
	svcgate_port_release(port, SVCGATE_REASON_END_HANGUP);
	mutex_unlock(&control);
}

/* "ttyS1:115200:rtscts": one entry of hold=, taken apart in place. */
static int attach_entry(char *entry, bool allow_console)
{
	const char *text = "unknown option; name[:baud][:rtscts]";
	char *name = strsep(&entry, ":"), *word;
	bool rtscts = false;
	u32 baud = 0;
	int error = 0;

	while (!error && (word = strsep(&entry, ":"))) {
		if (!strcmp(word, "rtscts"))
			rtscts = true;
		else
			error = kstrtou32(word, 10, &baud);
	}
	if (!error)
		error = attach_line(name, baud, rtscts, allow_console, &text);
	if (error)
		pr_err("hold=%s: cannot hold this port: %s (%d)\n", name, text, error);
	return error;
}

static void detach_all(void)
{
	struct svcgate_port *port;
	const char *text;

	while ((port = svcgate_port_at(0))) {
		svcgate_hold_detach(port->name, &text);
		svcgate_port_put(port);
	}
}

/**
 * svcgate_hold_init() - hold the ports of the module parameter
 * @hold: "ttyS1:115200:rtscts,ttyS2", or empty
 * @wait: a port that cannot be held now is left to the helper
 * @allow_console: also consoles of the kernel's
 *
 * Return: 0, or the first error; then no port is held.
 */
int svcgate_hold_init(const char *hold, bool wait, bool allow_console)
{
	char *copy, *rest, *entry;
	int error = 0;

	allow_consoles = allow_console;
	copy = kstrdup(hold, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	rest = copy;
	while (!error && *hold && (entry = strsep(&rest, ",")))
		if (attach_entry(entry, allow_console) && !wait)
			error = -ENODEV;
	kfree(copy);
	if (error)
		detach_all();
	else
		WRITE_ONCE(ready, true);
	return error;
}

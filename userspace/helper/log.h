/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines on stderr, one write each. Under the journal they carry a priority.
 */
#ifndef _SVCGATED_LOG_H
#define _SVCGATED_LOG_H

/* The numbers of syslog(3), which the journal reads as "<N>". */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

void log_open(void);
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...)		log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)	log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)		log_line(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)		log_line(LOG_LEVEL_INFO, __VA_ARGS__)

#endif /* _SVCGATED_LOG_H */

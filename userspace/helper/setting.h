/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of configuration files: a setting and its value.
 */
#ifndef _SVCGATED_SETTING_H
#define _SVCGATED_SETTING_H

char *setting_split(char *line, char **ret_value);

#endif /* _SVCGATED_SETTING_H */

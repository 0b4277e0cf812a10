/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _SVCGATED_VERSION_H
#define _SVCGATED_VERSION_H

#ifndef SVCGATE_VERSION
#define SVCGATE_VERSION	"0.1"
#endif

#endif /* _SVCGATED_VERSION_H */

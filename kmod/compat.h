/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Every difference between the kernels that svcgate runs on, and nothing else.
 */
#ifndef _SVCGATE_COMPAT_H
#define _SVCGATE_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "svcgate needs Linux 6.1 or later"
#endif

/* 6.4: bin2hex() has a header of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#include <linux/kernel.h>
#else
#include <linux/hex.h>
#endif

/* 6.6: line disciplines receive u8 and size_t instead of char and int. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
typedef unsigned char svcgate_received_byte;
typedef char svcgate_received_flag;
typedef int svcgate_received_count;
#else
typedef u8 svcgate_received_byte;
typedef u8 svcgate_received_flag;
typedef size_t svcgate_received_count;
#endif

/* 6.2: the list of consoles has a lock of its own. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define svcgate_console_list_lock()	console_lock()
#define svcgate_console_list_unlock()	console_unlock()
#else
#define svcgate_console_list_lock()	console_list_lock()
#define svcgate_console_list_unlock()	console_list_unlock()
#endif

/* 6.2, and in stable backports: who may join a multicast group. */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define SVCGATE_MCAST_FLAGS		(GENL_MCAST_CAP_NET_ADMIN)
#else
#define SVCGATE_MCAST_FLAGS		0
#endif

/* 7.0: a signature may be over a message, so "digest" became "m". */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
#define svcgate_signature_digest	digest
#define svcgate_signature_digest_size	digest_size
#else
#define svcgate_signature_digest	m
#define svcgate_signature_digest_size	m_size
#endif

/* 6.10: __assign_str() remembers the source by itself. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define svcgate_assign_str(field, source)	__assign_str(field, source)
#else
#define svcgate_assign_str(field, source)	__assign_str(field)
#endif

#endif /* _SVCGATE_COMPAT_H */

/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * svcgate: the contracts between host, kernel and helper
 *
 * Four contracts meet here; uapi/PROTOCOL.md is their prose:
 *
 *  1. the wire: frames and messages on the service port,
 *  2. files: the envelope, what it may contain, the store's records,
 *  3. the door: messages between the kernel and svcgated on /dev/svcgateN,
 *  4. generic netlink: family "svcgate", how a device is configured and seen.
 *
 * Wire and files are little-endian everywhere. The door and netlink stay on
 * one machine and use its byte order.
 */
#ifndef _UAPI_LINUX_SVCGATE_H
#define _UAPI_LINUX_SVCGATE_H

#include <linux/types.h>

/* ---------------------------------------------------------------- limits */

/**
 * enum svcgate_limit - every maximum, once; the table of PROTOCOL.md repeats it
 * @SVCGATE_DEVICE_ID_MIN: shortest device ID, bytes
 * @SVCGATE_DEVICE_ID_MAX: longest device ID, bytes
 * @SVCGATE_AUDIENCE_SIZE: audience, bytes
 * @SVCGATE_SERIAL_SIZE: serial of a capability file, bytes
 * @SVCGATE_UUID_SIZE: component and image ids, the 16 bytes of RFC 4122
 * @SVCGATE_KEY_ID_SIZE: SHA-256 of a certificate, DER
 * @SVCGATE_SHA256_SIZE: a digest
 * @SVCGATE_NONCE_SIZE: nonce of a session, challenge of a port
 * @SVCGATE_LABEL_MAX: label of a capability, UTF-8 bytes
 * @SVCGATE_NAME_MAX: name in an image manifest, UTF-8 bytes
 * @SVCGATE_CERTIFICATE_MAX: a certificate, DER
 * @SVCGATE_SIGNATURE_MAX: a signature
 * @SVCGATE_CAPABILITY_MAX: content of a capability
 * @SVCGATE_KEYSTORE_MAX: content of a keystore
 * @SVCGATE_MANIFEST_MAX: content of an image manifest
 * @SVCGATE_DELEGATION_MAX: content of a delegation
 * @SVCGATE_SECTION_MAX: a delegation or proof section of a request, whole
 * @SVCGATE_MESSAGE_MAX: a request or response, header included
 * @SVCGATE_RESPONSE_MAX: payload of a response; longer answers are data
 * @SVCGATE_FRAME_DATA_MAX: bytes of a stream in one frame
 * @SVCGATE_FRAME_MAX: body of a frame with header, data and tag, without CRC
 * @SVCGATE_FRAME_MIN: smallest "largest frame" that a hello may name
 * @SVCGATE_KEYS_MAX: keys in a keystore
 * @SVCGATE_REVOKED_MAX: revoked serials in a keystore
 * @SVCGATE_FLOORS_MAX: component floors in a keystore
 * @SVCGATE_DELEGATION_DEVICES_MAX: devices in a delegation
 * @SVCGATE_KEYSTORE_JUMP: a keystore's version is at most this much above the
 *	one in force
 * @SVCGATE_TRANSACTIONS_MAX: open transactions on a port
 * @SVCGATE_SILENCE_MS: silence that ends a session
 * @SVCGATE_OUTPUT_BOUND: bytes sent since the last valid frame of a session
 * @SVCGATE_VERIFY_RATE: signatures a second on a port
 * @SVCGATE_VERIFY_BURST: signatures in one go on a port
 * @SVCGATE_CHANGE_PERIOD: seconds for each change of trust that a port makes
 *	durable
 * @SVCGATE_CHANGE_BURST: changes of trust in one go on a port
 * @SVCGATE_OUTCOMES_MAX: requests whose outcome the device remembers
 * @SVCGATE_PORTS_MAX: ports of a device
 * @SVCGATE_RULES_MAX: maker's rules of a device
 * @SVCGATE_SPEED_MIN: lowest rate of a line that can be asked for, bits a second
 * @SVCGATE_SPEED_MAX: highest
 * @SVCGATE_SPEED_PROBATION_MS: a new rate without a valid frame ends
 */
enum svcgate_limit {
	SVCGATE_DEVICE_ID_MIN = 8,
	SVCGATE_DEVICE_ID_MAX = 64,
	SVCGATE_AUDIENCE_SIZE = 16,
	SVCGATE_SERIAL_SIZE = 16,
	SVCGATE_UUID_SIZE = 16,
	SVCGATE_KEY_ID_SIZE = 32,
	SVCGATE_SHA256_SIZE = 32,
	SVCGATE_NONCE_SIZE = 32,
	SVCGATE_LABEL_MAX = 64,
	SVCGATE_NAME_MAX = 64,
	SVCGATE_CERTIFICATE_MAX = 8 * 1024,
	SVCGATE_SIGNATURE_MAX = 5 * 1024,
	SVCGATE_CAPABILITY_MAX = 1024,
	SVCGATE_KEYSTORE_MAX = 26 * 1024,
	SVCGATE_MANIFEST_MAX = 1024,
	SVCGATE_DELEGATION_MAX = 13 * 1024,
	SVCGATE_SECTION_MAX = 14 * 1024,
	SVCGATE_MESSAGE_MAX = 32 * 1024,
	SVCGATE_RESPONSE_MAX = 1024,
	SVCGATE_FRAME_DATA_MAX = 8 * 1024,
	SVCGATE_FRAME_MAX = 16 + 8 * 1024 + 16,
	SVCGATE_FRAME_MIN = 1280,
	SVCGATE_KEYS_MAX = 16,
	SVCGATE_REVOKED_MAX = 256,
	SVCGATE_FLOORS_MAX = 64,
	SVCGATE_DELEGATION_DEVICES_MAX = 64,
	SVCGATE_KEYSTORE_JUMP = 65536,
	SVCGATE_TRANSACTIONS_MAX = 4,
	SVCGATE_SILENCE_MS = 3000,
	SVCGATE_OUTPUT_BOUND = 16 * 1024,
	SVCGATE_VERIFY_RATE = 4,
	SVCGATE_VERIFY_BURST = 8,
	SVCGATE_CHANGE_PERIOD = 10,
	SVCGATE_CHANGE_BURST = 4,
	SVCGATE_OUTCOMES_MAX = 16,
	SVCGATE_PORTS_MAX = 32,
	SVCGATE_RULES_MAX = 64,
	SVCGATE_SPEED_MIN = 1200,
	SVCGATE_SPEED_MAX = 4000000,
	SVCGATE_SPEED_PROBATION_MS = 1000,
};

/* ------------------------------------------------------------------ wire */

/* Bytes around a frame's body; see PROTOCOL.md, "Frames". */
#define SVCGATE_FRAME_CRC_SIZE		4
#define SVCGATE_FRAME_TAG_SIZE		16

/* Version of frames and messages, in the high half of svcgate_frame.kind. */
#define SVCGATE_WIRE_VERSION		1

/**
 * enum svcgate_frame_kind - low half of svcgate_frame.kind
 * @SVCGATE_FRAME_HELLO: host asks for a session; &struct svcgate_hello
 * @SVCGATE_FRAME_WELCOME: the kernel's answer; &struct svcgate_welcome
 * @SVCGATE_FRAME_DATA: bytes of a stream
 * @SVCGATE_FRAME_ACK: next offset expected; nothing, or &struct svcgate_ack and
 *	up to four &struct svcgate_range
 * @SVCGATE_FRAME_CLOSE: end of a stream or transaction; &struct svcgate_close
 */
enum svcgate_frame_kind {
	SVCGATE_FRAME_HELLO = 1,
	SVCGATE_FRAME_WELCOME = 2,
	SVCGATE_FRAME_DATA = 3,
	SVCGATE_FRAME_ACK = 4,
	SVCGATE_FRAME_CLOSE = 5,
};

/**
 * enum svcgate_frame_flag - svcgate_frame.flags
 * @SVCGATE_FRAME_FROM_KERNEL: made by the kernel, not passed on from the helper
 * @SVCGATE_FRAME_LAST: the stream ends with this frame's data
 * @SVCGATE_FRAME_TAGGED: the body ends with a tag (bound session)
 */
enum svcgate_frame_flag {
	SVCGATE_FRAME_FROM_KERNEL = 1 << 0,
	SVCGATE_FRAME_LAST = 1 << 1,
	SVCGATE_FRAME_TAGGED = 1 << 2,
};

/**
 * struct svcgate_frame - header of every frame
 * @kind: version << 4 | &enum svcgate_frame_kind
 * @flags: &enum svcgate_frame_flag; others must be 0
 * @transaction: number of the transaction, rising in a session; 0 in hello,
 *	welcome and the keep-alive of a session without transactions
 * @offset: data: number of the first byte in its stream; ack: next expected
 * @session: id from the welcome; in hello a random number of the host's own,
 *	which the welcome repeats here
 */
struct svcgate_frame {
	__u8 kind;
	__u8 flags;
	__le16 transaction;
	__le32 offset;
	__le64 session;
} __attribute__((packed));

/**
 * struct svcgate_hello - what a hello carries; frozen for all versions
 * @lowest: lowest wire version that the host speaks
 * @highest: highest
 * @frame_max: largest body (&struct svcgate_frame and what follows, no CRC)
 *	that the host takes; %SVCGATE_FRAME_MIN or more
 */
struct svcgate_hello {
	__u8 lowest;
	__u8 highest;
	__le16 frame_max;
} __attribute__((packed));

/**
 * enum svcgate_welcome_flag - svcgate_welcome.flags
 * @SVCGATE_WELCOME_CONFIGURED: the device is sealed
 * @SVCGATE_WELCOME_RANDOM: the random generator is ready; without it the nonce
 *	is all zero, and only the operations of the "always" rows are answered
 */
enum svcgate_welcome_flag {
	SVCGATE_WELCOME_CONFIGURED = 1 << 0,
	SVCGATE_WELCOME_RANDOM = 1 << 1,
};

/**
 * struct svcgate_welcome - what a welcome carries
 * @version: wire version of this session
 * @flags: &enum svcgate_welcome_flag
 * @transactions_max: open transactions that the kernel allows
 * @message_max: longest message
 * @frame_max: largest body that the kernel takes
 * @silence_ms: silence of the host that ends the session
 * @output_bound: bytes that the kernel sends without a valid frame in between
 * @session: id of the session, not 0; in every later frame
 * @nonce: random bytes of this session
 */
struct svcgate_welcome {
	__u8 version;
	__u8 flags;
	__le16 transactions_max;
	__le32 message_max;
	__le16 frame_max;
	__le16 silence_ms;
	__le32 output_bound;
	__le64 session;
	__u8 nonce[32];
} __attribute__((packed));

/**
 * struct svcgate_close - what a close carries
 * @reason: &enum svcgate_reason; done when the stream ended as it should
 * @zero: must be 0
 * @total: length of the closed stream, bytes
 */
struct svcgate_close {
	__le16 reason;
	__le16 zero;
	__le32 total;
} __attribute__((packed));

/**
 * struct svcgate_ack - what an acknowledgement of a stream's receiver carries
 * @window: bytes from the acknowledged offset on that it takes, with
 *	%SVCGATE_ACK_COMPLETE when the stream has arrived whole
 *
 * Up to %SVCGATE_ACK_RANGES_MAX &struct svcgate_range follow. Keep-alives and the
 * kernel's own acknowledgements carry nothing.
 */
struct svcgate_ack {
	__le32 window;
} __attribute__((packed));

/* In svcgate_ack.window: nothing of the stream is missing, its end included. */
#define SVCGATE_ACK_COMPLETE		0x80000000U

/**
 * struct svcgate_range - received bytes beyond the acknowledged offset
 * @start: first byte, counted from the acknowledged offset
 * @end: byte after the last, counted likewise
 */
struct svcgate_range {
	__le32 start;
	__le32 end;
} __attribute__((packed));

#define SVCGATE_ACK_RANGES_MAX		4

/**
 * enum svcgate_request_flag - svcgate_request.flags
 * @SVCGATE_REQUEST_DRY_RUN: decide and answer, carry nothing out
 * @SVCGATE_REQUEST_OUTCOME: remember the outcome for the op "outcome"
 */
enum svcgate_request_flag {
	SVCGATE_REQUEST_DRY_RUN = 1 << 0,
	SVCGATE_REQUEST_OUTCOME = 1 << 1,
};

/**
 * struct svcgate_request - header of a request
 * @op: &enum svcgate_op
 * @flags: &enum svcgate_request_flag; others must be 0
 * @payload_length: bytes of payload
 * @delegation_length: bytes of delegation (0: none)
 * @credential_length: bytes of credential (0: none)
 * @proof_length: bytes of proof (0: none)
 * @zero: must be 0
 * @object: component id for an op with an object, else zero
 *
 * Delegation, credential, proof and payload follow in this order; header and
 * sections together are the message, exactly. The first frame of a request holds
 * the whole header.
 */
struct svcgate_request {
	__le16 op;
	__le16 flags;
	__le32 payload_length;
	__le16 delegation_length;
	__le16 credential_length;
	__le16 proof_length;
	__le16 zero;
	__u8 object[16];
} __attribute__((packed));

/**
 * struct svcgate_response - header of a response
 * @reason: &enum svcgate_reason
 * @detail: what the reason says it is, else 0
 * @payload_length: bytes of payload, at most %SVCGATE_RESPONSE_MAX
 */
struct svcgate_response {
	__le16 reason;
	__le16 detail;
	__le32 payload_length;
} __attribute__((packed));

/* Payloads that the kernel reads. */

/**
 * struct svcgate_state_update - payload of state-update
 * @target: &enum svcgate_state
 * @flags: %SVCGATE_STATE_KEEP_CAPABILITY or 0
 */
struct svcgate_state_update {
	__u8 target;
	__u8 flags;
} __attribute__((packed));

#define SVCGATE_STATE_KEEP_CAPABILITY	1

/**
 * struct svcgate_can - payload of can
 * @op: the op asked about
 * @object: its object, or zero
 */
struct svcgate_can {
	__le16 op;
	__u8 object[16];
} __attribute__((packed));

/**
 * struct svcgate_can_answer - answer to can
 * @verdict: 1 yes, 0 no
 * @zero: 0
 * @reason: why not
 * @detail: the reason's detail
 * @zero2: 0
 * @would_do: each single capability id in this mask is enough, whatever the
 *	object is
 * @would_do_image: ids that are enough if the image fits the row's condition
 */
struct svcgate_can_answer {
	__u8 verdict;
	__u8 zero;
	__le16 reason;
	__le16 detail;
	__le16 zero2;
	__le64 would_do;
	__le64 would_do_image;
} __attribute__((packed));

/**
 * struct svcgate_outcome - payload of outcome
 * @session: session in which the request was made
 * @transaction: its number
 */
struct svcgate_outcome {
	__le64 session;
	__le16 transaction;
} __attribute__((packed));

/**
 * enum svcgate_outcome_state - how a request ended
 * @SVCGATE_OUTCOME_UNKNOWN: not recorded: never admitted, long ago, or an
 *	executor's whose end the kernel did not see
 * @SVCGATE_OUTCOME_PENDING: still being carried out; ask again
 * @SVCGATE_OUTCOME_DONE: done, and durable where that counts
 * @SVCGATE_OUTCOME_NOT_DONE: not done
 */
enum svcgate_outcome_state {
	SVCGATE_OUTCOME_UNKNOWN = 0,
	SVCGATE_OUTCOME_PENDING = 1,
	SVCGATE_OUTCOME_DONE = 2,
	SVCGATE_OUTCOME_NOT_DONE = 3,
};

/**
 * struct svcgate_outcome_answer - answer to outcome
 * @outcome: &enum svcgate_outcome_state
 * @zero: 0
 * @reason: why it was not done
 * @detail: the reason's detail
 */
struct svcgate_outcome_answer {
	__u8 outcome;
	__u8 zero;
	__le16 reason;
	__le16 detail;
} __attribute__((packed));

/**
 * struct svcgate_speed - payload of speed
 * @baud: bits a second, %SVCGATE_SPEED_MIN to %SVCGATE_SPEED_MAX
 */
struct svcgate_speed {
	__le32 baud;
} __attribute__((packed));

/**
 * struct svcgate_capability_list - answer to capability-list
 * @by_state: ids in force by the manufacturing state
 * @sideloaded: ids in force by the stored capability file
 * @passed: ids in force by the credential of this request
 * @sideloaded_serial: serial of the stored file, zero when none is
 * @passed_serial: serial of the credential, zero when none was sent
 * @generation: lowest that counts; that of the stored file, where a state backend
 *	has not counted a higher one
 * @lease_left: seconds left, 0 when no lease runs
 * @sideloaded_reason: why the stored file gives nothing, else done
 * @zero: 0
 */
struct svcgate_capability_list {
	__le64 by_state;
	__le64 sideloaded;
	__le64 passed;
	__u8 sideloaded_serial[16];
	__u8 passed_serial[16];
	__le32 generation;
	__le32 lease_left;
	__le16 sideloaded_reason;
	__le16 zero;
} __attribute__((packed));

/**
 * struct svcgate_keystore_key - one key of keystore-show
 * @key_id: SHA-256 of the certificate
 * @mask: capability ids that it may grant (purpose capability)
 * @purpose: &enum svcgate_purpose
 * @usable: 1 when this kernel has the algorithm
 */
struct svcgate_keystore_key {
	__u8 key_id[32];
	__le64 mask;
	__u8 purpose;
	__u8 usable;
} __attribute__((packed));

/**
 * struct svcgate_keystore_list - answer to keystore-show
 * @version: version of the keystore in force
 * @epoch: epoch in force
 * @audience: audience of the device
 * @key_count: keys that follow, each a &struct svcgate_keystore_key
 * @revoked_count: revoked serials
 */
struct svcgate_keystore_list {
	__le32 version;
	__le32 epoch;
	__u8 audience[16];
	__le16 key_count;
	__le16 revoked_count;
} __attribute__((packed));

/**
 * struct svcgate_state_show - answer to state-show
 * @state: &enum svcgate_state
 */
struct svcgate_state_show {
	__u8 state;
} __attribute__((packed));

/**
 * enum svcgate_op - what the host may ask for
 *
 * One row each in kmod/policy.c and in PROTOCOL.md. Numbers from
 * %SVCGATE_OP_MAKER on are the maker's.
 */
enum svcgate_op {
	SVCGATE_OP_IDENTIFY = 0x0001,
	SVCGATE_OP_CAN = 0x0002,
	SVCGATE_OP_OUTCOME = 0x0003,
	SVCGATE_OP_CHALLENGE = 0x0004,
	SVCGATE_OP_SPEED = 0x0005,
	SVCGATE_OP_CAPABILITY_LIST = 0x0010,
	SVCGATE_OP_CAPABILITY_UPDATE = 0x0011,
	SVCGATE_OP_KEYSTORE_SHOW = 0x0012,
	SVCGATE_OP_KEYSTORE_UPDATE = 0x0013,
	SVCGATE_OP_STATE_SHOW = 0x0014,
	SVCGATE_OP_STATE_UPDATE = 0x0015,
	SVCGATE_OP_OS_VERSION = 0x0020,
	SVCGATE_OP_RESTART = 0x0021,
	SVCGATE_OP_LOG_SHOW = 0x0022,
	SVCGATE_OP_LOG_AUDIT = 0x0023,
	SVCGATE_OP_READY = 0x0024,
	SVCGATE_OP_IMAGE_INSTALL = 0x0030,
	SVCGATE_OP_IMAGE_INSTALL_MANUAL = 0x0031,
	SVCGATE_OP_IMAGE_DELETE = 0x0032,
	SVCGATE_OP_IMAGE_LIST = 0x0033,
	SVCGATE_OP_IMAGE_QUOTA = 0x0034,
	SVCGATE_OP_IMAGE_RECOVER = 0x0035,
	SVCGATE_OP_APP_START = 0x0040,
	SVCGATE_OP_APP_STOP = 0x0041,
	SVCGATE_OP_APP_DEBUG = 0x0042,
	SVCGATE_OP_APP_STATUS = 0x0043,
	SVCGATE_OP_APP_MEMORY = 0x0044,
	SVCGATE_OP_CERTIFICATE_ADD = 0x0050,
	SVCGATE_OP_CERTIFICATE_DELETE = 0x0051,
	SVCGATE_OP_CERTIFICATE_LIST = 0x0052,
	SVCGATE_OP_CERTIFICATE_SHOW = 0x0053,
	SVCGATE_OP_CERTIFICATE_QUOTA = 0x0054,
	SVCGATE_OP_NETWORK_INTERFACES = 0x0060,
	SVCGATE_OP_NETWORK_FIREWALL = 0x0061,
	SVCGATE_OP_NETWORK_STATUS = 0x0062,
	SVCGATE_OP_NETWORK_DIAGNOSTICS = 0x0063,
	SVCGATE_OP_NETWORK_ENABLE = 0x0064,
	SVCGATE_OP_NETWORK_DISABLE = 0x0065,
	SVCGATE_OP_NETWORK_HARDWARE_ADDRESS = 0x0066,
	SVCGATE_OP_NETWORK_PROXY_APPLY = 0x0067,
	SVCGATE_OP_NETWORK_PROXY_ENABLE = 0x0068,
	SVCGATE_OP_NETWORK_PROXY_DISABLE = 0x0069,
	SVCGATE_OP_NETWORK_PROXY_DELETE = 0x006a,
	SVCGATE_OP_NETWORK_PROXY_SHOW = 0x006b,
	SVCGATE_OP_WIFI_ADD = 0x0070,
	SVCGATE_OP_WIFI_LIST = 0x0071,
	SVCGATE_OP_WIFI_SCAN = 0x0072,
	SVCGATE_OP_WIFI_STATUS = 0x0073,
	SVCGATE_OP_WIFI_ENABLE = 0x0074,
	SVCGATE_OP_WIFI_DISABLE = 0x0075,
	SVCGATE_OP_WIFI_FORGET = 0x0076,
	SVCGATE_OP_WIFI_SHOW = 0x0077,
	SVCGATE_OP_WIFI_RELOAD = 0x0078,
	SVCGATE_OP_RF_RUN = 0x0080,
	SVCGATE_OP_RF_LIST = 0x0081,
	SVCGATE_OP_FUSE_READ = 0x0082,
	SVCGATE_OP_FUSE_WRITE = 0x0083,
	SVCGATE_OP_MAKER = 0x8000,
};

/**
 * enum svcgate_state - manufacturing state; forward only, for ever
 */
enum svcgate_state {
	SVCGATE_STATE_BLANK = 0,
	SVCGATE_STATE_MODULE1_COMPLETE = 1,
	SVCGATE_STATE_DEVICE_COMPLETE = 2,
};

/**
 * enum svcgate_capability_id - named groups of operations
 *
 * 0-31 are reserved for svcgate, 32-63 are the maker's own.
 */
enum svcgate_capability_id {
	SVCGATE_CAPABILITY_APP_DEVELOPMENT = 11,
	SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE = 12,
	SVCGATE_CAPABILITY_FIELD_SERVICING = 13,
	SVCGATE_CAPABILITY_ID_MAX = 63,
};

/**
 * enum svcgate_reason - why something was refused or has ended
 *
 * Sentences and cures for people are in libsvcgate only. "detail" names what
 * svcgate_response.detail holds.
 *
 * @SVCGATE_REASON_DONE: carried out, or yes
 *
 * Link:
 * @SVCGATE_REASON_NO_SESSION: the frame's session is unknown; say hello
 * @SVCGATE_REASON_IN_PROGRESS: this transaction is open already
 * @SVCGATE_REASON_TRANSACTION: number is not above the last one
 * @SVCGATE_REASON_BUSY: too many signatures a second; wait and repeat
 * @SVCGATE_REASON_MESSAGE: lengths or reserved fields of the message are wrong
 * @SVCGATE_REASON_UNKNOWN_OP: no row for this op; detail: op
 * @SVCGATE_REASON_TRANSACTIONS: too many open transactions; detail: limit
 * @SVCGATE_REASON_NO_RANDOM: the random generator is not ready yet
 * @SVCGATE_REASON_OUTCOME_UNKNOWN: nobody knows yet whether it was done; ask
 *	with outcome
 * @SVCGATE_REASON_NO_MEMORY: the device is out of memory; repeat
 * @SVCGATE_REASON_PAYLOAD: payload that the kernel reads has the wrong form
 * @SVCGATE_REASON_SPEED: the line cannot go at this rate
 *
 * Ends of sessions and transactions (close, END at the door, events):
 * @SVCGATE_REASON_END_SILENCE: no valid frame for too long
 * @SVCGATE_REASON_END_BREAK: BREAK on the line
 * @SVCGATE_REASON_END_HELLO: another hello
 * @SVCGATE_REASON_END_HANGUP: the tty was hung up
 * @SVCGATE_REASON_END_SUSPEND: the device went to sleep
 * @SVCGATE_REASON_END_DETACH: the port was let go
 * @SVCGATE_REASON_END_STALLED: the line took nothing for too long
 * @SVCGATE_REASON_END_HOST: the host closed the transaction
 * @SVCGATE_REASON_END_HELPER: svcgated went away
 * @SVCGATE_REASON_END_PERMISSION: what permitted the transaction is gone
 *
 * Permission:
 * @SVCGATE_REASON_FORBIDDEN: no effective capability allows it; detail: lowest
 *	capability id that would do
 * @SVCGATE_REASON_NOT_CONFIGURED: the device ID is not known yet
 * @SVCGATE_REASON_NOT_SEALED: the device is not configured yet
 * @SVCGATE_REASON_NOT_AVAILABLE: allowed, but nothing on this device does it
 * @SVCGATE_REASON_NO_HELPER: allowed, but svcgated is not running
 * @SVCGATE_REASON_OBJECT: the op needs an object, or has none; detail: 1 or 0
 * @SVCGATE_REASON_IMAGE: allowed for other images only; detail: capability id
 *	that allows every image
 * @SVCGATE_REASON_STRENGTH: op demands a stronger capability file; detail:
 *	1 challenge, 2 holder
 * @SVCGATE_REASON_IMAGE_FLOOR: the keystore demands a newer version of this
 *	component
 *
 * Files:
 * @SVCGATE_REASON_NO_KEYSTORE: the device has no trusted keystore
 * @SVCGATE_REASON_ENVELOPE: not an envelope, or its lengths do not fit
 * @SVCGATE_REASON_ENVELOPE_VERSION: made for a later version; detail: version
 * @SVCGATE_REASON_KIND: another kind of file; detail: kind
 * @SVCGATE_REASON_UNKNOWN_KEY: signed by a key that the device does not know
 * @SVCGATE_REASON_PURPOSE: signed by a key for another purpose; detail: purpose
 * @SVCGATE_REASON_SIGNATURE: the signature does not fit the content
 * @SVCGATE_REASON_ALGORITHM: this kernel cannot check the key's algorithm
 * @SVCGATE_REASON_CONTENT: a field runs over the end; detail: its number
 * @SVCGATE_REASON_FIELD_MISSING: a mandatory field is missing; detail: field
 * @SVCGATE_REASON_FIELD_ORDER: out of order or twice; detail: field
 * @SVCGATE_REASON_FIELD_VALUE: value out of range; detail: field
 * @SVCGATE_REASON_FIELD_UNKNOWN: unknown critical field; detail: field
 * @SVCGATE_REASON_FIELD_NOT_ENFORCED: this version cannot enforce a critical
 *	field; detail: field
 * @SVCGATE_REASON_DEVICE: for another device
 * @SVCGATE_REASON_AUDIENCE: for another product line
 * @SVCGATE_REASON_GRANT: the key may not grant this id; detail: capability id
 * @SVCGATE_REASON_STATE: not for this manufacturing state; detail: state
 * @SVCGATE_REASON_SUPERSEDED: generation below the stored file's
 * @SVCGATE_REASON_EPOCH: epoch below the keystore's
 * @SVCGATE_REASON_REVOKED: its serial is revoked
 * @SVCGATE_REASON_NO_SIDELOAD: the file may not be sideloaded
 * @SVCGATE_REASON_KEYSTORE_VERSION: version not above the one in force, or
 *	below the floor
 * @SVCGATE_REASON_KEYSTORE_EPOCH: epoch below the floor
 * @SVCGATE_REASON_KEYSTORE_JUMP: version too far above the one in force
 * @SVCGATE_REASON_KEYSTORE_PURPOSE: no usable key for a purpose; detail: it
 * @SVCGATE_REASON_KEYSTORE_KEYS: a keystore key may not change keystore keys
 * @SVCGATE_REASON_SECTION: section not supported by this version; detail:
 *	1 delegation, 2 proof
 * @SVCGATE_REASON_CERTIFICATE: a key's certificate cannot be read; detail: its
 *	place in the keystore, from 0
 *
 * Changes of trust:
 * @SVCGATE_REASON_BACKWARDS: the manufacturing state never goes back
 * @SVCGATE_REASON_CAPABILITY_STORED: a non-blank capability is stored
 * @SVCGATE_REASON_NOT_STORED: the change could not be stored
 * @SVCGATE_REASON_CHANGE_PENDING: another change is on its way
 * @SVCGATE_REASON_CHANGE_RATE: too many durable changes; wait
 *
 * Executors:
 * @SVCGATE_REASON_EXECUTOR_FAILED: the program failed; detail: its own number
 * @SVCGATE_REASON_EXECUTOR_ENDED: the program died; detail: signal
 * @SVCGATE_REASON_EXECUTOR_ARGUMENTS: arguments not understood
 */
enum svcgate_reason {
	SVCGATE_REASON_DONE = 0,

	SVCGATE_REASON_NO_SESSION = 0x0101,
	SVCGATE_REASON_IN_PROGRESS = 0x0102,
	SVCGATE_REASON_TRANSACTION = 0x0103,
	SVCGATE_REASON_BUSY = 0x0104,
	SVCGATE_REASON_MESSAGE = 0x0105,
	SVCGATE_REASON_UNKNOWN_OP = 0x0106,
	SVCGATE_REASON_TRANSACTIONS = 0x0107,
	SVCGATE_REASON_NO_RANDOM = 0x0108,
	SVCGATE_REASON_OUTCOME_UNKNOWN = 0x0109,
	SVCGATE_REASON_NO_MEMORY = 0x010a,
	SVCGATE_REASON_PAYLOAD = 0x010b,
	SVCGATE_REASON_SPEED = 0x010c,

	SVCGATE_REASON_END_SILENCE = 0x0180,
	SVCGATE_REASON_END_BREAK = 0x0181,
	SVCGATE_REASON_END_HELLO = 0x0182,
	SVCGATE_REASON_END_HANGUP = 0x0183,
	SVCGATE_REASON_END_SUSPEND = 0x0184,
	SVCGATE_REASON_END_DETACH = 0x0185,
	SVCGATE_REASON_END_STALLED = 0x0186,
	SVCGATE_REASON_END_HOST = 0x0187,
	SVCGATE_REASON_END_HELPER = 0x0188,
	SVCGATE_REASON_END_PERMISSION = 0x0189,

	SVCGATE_REASON_FORBIDDEN = 0x0201,
	SVCGATE_REASON_NOT_CONFIGURED = 0x0202,
	SVCGATE_REASON_NOT_SEALED = 0x0203,
	SVCGATE_REASON_NOT_AVAILABLE = 0x0204,
	SVCGATE_REASON_NO_HELPER = 0x0205,
	SVCGATE_REASON_OBJECT = 0x0206,
	SVCGATE_REASON_IMAGE = 0x0207,
	SVCGATE_REASON_STRENGTH = 0x0208,
	SVCGATE_REASON_IMAGE_FLOOR = 0x0209,

	SVCGATE_REASON_NO_KEYSTORE = 0x0301,
	SVCGATE_REASON_ENVELOPE = 0x0302,
	SVCGATE_REASON_ENVELOPE_VERSION = 0x0303,
	SVCGATE_REASON_KIND = 0x0304,
	SVCGATE_REASON_UNKNOWN_KEY = 0x0305,
	SVCGATE_REASON_PURPOSE = 0x0306,
	SVCGATE_REASON_SIGNATURE = 0x0307,
	SVCGATE_REASON_ALGORITHM = 0x0308,
	SVCGATE_REASON_CONTENT = 0x0309,
	SVCGATE_REASON_FIELD_MISSING = 0x030a,
	SVCGATE_REASON_FIELD_ORDER = 0x030b,
	SVCGATE_REASON_FIELD_VALUE = 0x030c,
	SVCGATE_REASON_FIELD_UNKNOWN = 0x030d,
	SVCGATE_REASON_FIELD_NOT_ENFORCED = 0x030e,
	SVCGATE_REASON_DEVICE = 0x030f,
	SVCGATE_REASON_AUDIENCE = 0x0310,
	SVCGATE_REASON_GRANT = 0x0311,
	SVCGATE_REASON_STATE = 0x0312,
	SVCGATE_REASON_SUPERSEDED = 0x0313,
	SVCGATE_REASON_EPOCH = 0x0314,
	SVCGATE_REASON_REVOKED = 0x0315,
	SVCGATE_REASON_NO_SIDELOAD = 0x0316,
	SVCGATE_REASON_KEYSTORE_VERSION = 0x0317,
	SVCGATE_REASON_KEYSTORE_EPOCH = 0x0318,
	SVCGATE_REASON_KEYSTORE_JUMP = 0x0319,
	SVCGATE_REASON_KEYSTORE_PURPOSE = 0x031a,
	SVCGATE_REASON_KEYSTORE_KEYS = 0x031b,
	SVCGATE_REASON_SECTION = 0x031c,
	SVCGATE_REASON_CERTIFICATE = 0x031d,

	SVCGATE_REASON_BACKWARDS = 0x0401,
	SVCGATE_REASON_CAPABILITY_STORED = 0x0402,
	SVCGATE_REASON_NOT_STORED = 0x0403,
	SVCGATE_REASON_CHANGE_PENDING = 0x0404,
	SVCGATE_REASON_CHANGE_RATE = 0x0405,

	SVCGATE_REASON_EXECUTOR_FAILED = 0x0501,
	SVCGATE_REASON_EXECUTOR_ENDED = 0x0502,
	SVCGATE_REASON_EXECUTOR_ARGUMENTS = 0x0503,
};

/* ----------------------------------------------------------------- files */

#define SVCGATE_ENVELOPE_MAGIC		"SVCG"
#define SVCGATE_ENVELOPE_VERSION	1

/**
 * enum svcgate_kind - what an envelope contains
 */
enum svcgate_kind {
	SVCGATE_KIND_CAPABILITY = 1,
	SVCGATE_KIND_KEYSTORE = 2,
	SVCGATE_KIND_MANIFEST = 3,
	SVCGATE_KIND_DELEGATION = 4,
};

/**
 * struct svcgate_envelope - the fixed beginning of every signed file
 * @magic: %SVCGATE_ENVELOPE_MAGIC
 * @version: %SVCGATE_ENVELOPE_VERSION
 * @kind: &enum svcgate_kind
 * @zero: must be 0
 * @key_id: SHA-256 of the signer's certificate, DER
 * @content_length: bytes of content
 *
 * Content, __le32 signature length and signature follow. The signature covers
 * @magic to the last byte of content.
 */
struct svcgate_envelope {
	__u8 magic[4];
	__u8 version;
	__u8 kind;
	__le16 zero;
	__u8 key_id[32];
	__le32 content_length;
} __attribute__((packed));

/**
 * struct svcgate_field - header of one field of a content
 * @type: number, with %SVCGATE_FIELD_CRITICAL where a reader that does not know
 *	the field must refuse the file
 * @length: bytes of value that follow
 */
struct svcgate_field {
	__le16 type;
	__le16 length;
} __attribute__((packed));

#define SVCGATE_FIELD_CRITICAL		0x8000

/**
 * enum svcgate_capability_field - content of kind capability
 * @SVCGATE_CAPABILITY_SERIAL: 16 bytes; mandatory
 * @SVCGATE_CAPABILITY_DEVICE: device ID, 8-64 bytes; mandatory
 * @SVCGATE_CAPABILITY_MASK: u64, bit n for capability id n; mandatory
 * @SVCGATE_CAPABILITY_GENERATION: u32; mandatory
 * @SVCGATE_CAPABILITY_EPOCH: u32; mandatory
 * @SVCGATE_CAPABILITY_FLAGS: u32, %SVCGATE_CAPABILITY_NO_SIDELOAD
 * @SVCGATE_CAPABILITY_STATES: u8, bit n for &enum svcgate_state n; not 0
 * @SVCGATE_CAPABILITY_CHALLENGE: 32 bytes; needs NO_SIDELOAD
 * @SVCGATE_CAPABILITY_LEASE: u32 seconds, not 0; needs CHALLENGE
 * @SVCGATE_CAPABILITY_HOLDER: SHA-256 of a certificate; needs NO_SIDELOAD
 * @SVCGATE_CAPABILITY_NOT_BEFORE: u64, seconds since 1970
 * @SVCGATE_CAPABILITY_NOT_AFTER: u64, seconds since 1970, above NOT_BEFORE
 * @SVCGATE_CAPABILITY_LABEL: 1-64 bytes of UTF-8, no control characters
 */
enum svcgate_capability_field {
	SVCGATE_CAPABILITY_SERIAL = 0x8001,
	SVCGATE_CAPABILITY_DEVICE = 0x8002,
	SVCGATE_CAPABILITY_MASK = 0x8003,
	SVCGATE_CAPABILITY_GENERATION = 0x8004,
	SVCGATE_CAPABILITY_EPOCH = 0x8005,
	SVCGATE_CAPABILITY_FLAGS = 0x8006,
	SVCGATE_CAPABILITY_STATES = 0x8007,
	SVCGATE_CAPABILITY_CHALLENGE = 0x8008,
	SVCGATE_CAPABILITY_LEASE = 0x8009,
	SVCGATE_CAPABILITY_HOLDER = 0x800a,
	SVCGATE_CAPABILITY_NOT_BEFORE = 0x800b,
	SVCGATE_CAPABILITY_NOT_AFTER = 0x800c,
	SVCGATE_CAPABILITY_LABEL = 0x000d,
};

#define SVCGATE_CAPABILITY_NO_SIDELOAD	1

/**
 * enum svcgate_keystore_field - content of kind keystore
 * @SVCGATE_KEYSTORE_VERSION: u32, not 0; mandatory
 * @SVCGATE_KEYSTORE_AUDIENCE: 16 bytes; mandatory
 * @SVCGATE_KEYSTORE_EPOCH: u32; mandatory
 * @SVCGATE_KEYSTORE_KEY: u8 purpose, u64 mask, certificate (DER); 1 to 16 times
 * @SVCGATE_KEYSTORE_REVOKED: serial, 16 bytes; up to 256 times, ascending
 * @SVCGATE_KEYSTORE_FLOOR: component UUID, u64 lowest version; up to 64 times,
 *	ascending by UUID
 */
enum svcgate_keystore_field {
	SVCGATE_KEYSTORE_VERSION = 0x8001,
	SVCGATE_KEYSTORE_AUDIENCE = 0x8002,
	SVCGATE_KEYSTORE_EPOCH = 0x8003,
	SVCGATE_KEYSTORE_KEY = 0x8004,
	SVCGATE_KEYSTORE_REVOKED = 0x8005,
	SVCGATE_KEYSTORE_FLOOR = 0x8006,
};

/**
 * enum svcgate_purpose - what a key in a keystore may sign
 * @SVCGATE_PURPOSE_CAPABILITY: capabilities, within its mask
 * @SVCGATE_PURPOSE_IMAGE_PRODUCTION: production images
 * @SVCGATE_PURPOSE_IMAGE_SDK: a developer's images
 * @SVCGATE_PURPOSE_KEYSTORE: keystores, but no change of these keys
 */
enum svcgate_purpose {
	SVCGATE_PURPOSE_CAPABILITY = 1,
	SVCGATE_PURPOSE_IMAGE_PRODUCTION = 2,
	SVCGATE_PURPOSE_IMAGE_SDK = 3,
	SVCGATE_PURPOSE_KEYSTORE = 4,
};

/**
 * enum svcgate_manifest_field - content of kind manifest
 * @SVCGATE_MANIFEST_TYPE: u16, &enum svcgate_image_type; mandatory
 * @SVCGATE_MANIFEST_COMPONENT: UUID; mandatory
 * @SVCGATE_MANIFEST_IMAGE: UUID; mandatory
 * @SVCGATE_MANIFEST_NAME: 1-64 bytes of UTF-8, no control characters; mandatory
 * @SVCGATE_MANIFEST_VERSION: u64, compared as a number; mandatory
 * @SVCGATE_MANIFEST_FLAGS: u32, &enum svcgate_manifest_flag; mandatory
 * @SVCGATE_MANIFEST_SIZE: u64, bytes of payload; mandatory
 * @SVCGATE_MANIFEST_SHA256: digest of the payload; mandatory
 */
enum svcgate_manifest_field {
	SVCGATE_MANIFEST_TYPE = 0x8001,
	SVCGATE_MANIFEST_COMPONENT = 0x8002,
	SVCGATE_MANIFEST_IMAGE = 0x8003,
	SVCGATE_MANIFEST_NAME = 0x8004,
	SVCGATE_MANIFEST_VERSION = 0x8005,
	SVCGATE_MANIFEST_FLAGS = 0x8006,
	SVCGATE_MANIFEST_SIZE = 0x8007,
	SVCGATE_MANIFEST_SHA256 = 0x8008,
};

/**
 * enum svcgate_image_type - what an image is
 * @SVCGATE_IMAGE_APPLICATION: an application
 * @SVCGATE_IMAGE_SYSTEM: the system image of the inactive slot
 */
enum svcgate_image_type {
	SVCGATE_IMAGE_APPLICATION = 1,
	SVCGATE_IMAGE_SYSTEM = 2,
};

/**
 * enum svcgate_manifest_flag - flags of a manifest
 * @SVCGATE_IMAGE_TEMPORARY: fieldServicing may start, stop and delete it
 * @SVCGATE_IMAGE_REMOVE_AT_BOOT: removed when the device starts
 */
enum svcgate_manifest_flag {
	SVCGATE_IMAGE_TEMPORARY = 1 << 0,
	SVCGATE_IMAGE_REMOVE_AT_BOOT = 1 << 1,
};

/**
 * enum svcgate_delegation_field - content of kind delegation
 * @SVCGATE_DELEGATION_CERTIFICATE: the delegate's certificate, DER; mandatory
 * @SVCGATE_DELEGATION_MASK: u64; mandatory
 * @SVCGATE_DELEGATION_DEVICE: device ID; 1 to 64 times, ascending
 * @SVCGATE_DELEGATION_LEASE: u32 seconds, the longest; mandatory
 * @SVCGATE_DELEGATION_GENERATION: u32; mandatory
 * @SVCGATE_DELEGATION_EPOCH: u32; mandatory
 */
enum svcgate_delegation_field {
	SVCGATE_DELEGATION_CERTIFICATE = 0x8001,
	SVCGATE_DELEGATION_MASK = 0x8002,
	SVCGATE_DELEGATION_DEVICE = 0x8003,
	SVCGATE_DELEGATION_LEASE = 0x8004,
	SVCGATE_DELEGATION_GENERATION = 0x8005,
	SVCGATE_DELEGATION_EPOCH = 0x8006,
};

#define SVCGATE_RECORD_MAGIC		"SVCR"
#define SVCGATE_RECORD_VERSION		1

/**
 * enum svcgate_record_kind - what a record of the helper's store contains
 * @SVCGATE_RECORD_STATE: one byte, &enum svcgate_state
 * @SVCGATE_RECORD_CAPABILITY: u16 delegation length, u16 zero, delegation,
 *	capability file
 * @SVCGATE_RECORD_KEYSTORE: the last keystore file that a root signed; behind
 *	it the one in force, when a key of purpose keystore signed that. Without
 *	the first nobody could vouch for the second at the next start
 */
enum svcgate_record_kind {
	SVCGATE_RECORD_STATE = 1,
	SVCGATE_RECORD_CAPABILITY = 2,
	SVCGATE_RECORD_KEYSTORE = 3,
};

/**
 * struct svcgate_record - the beginning of a record in the helper's store
 * @magic: %SVCGATE_RECORD_MAGIC
 * @version: %SVCGATE_RECORD_VERSION
 * @kind: &enum svcgate_record_kind
 * @zero: must be 0
 * @number: rises by one with each change of this record
 * @content_length: bytes of content
 *
 * Content and the SHA-256 of everything before it follow.
 */
struct svcgate_record {
	__u8 magic[4];
	__u8 version;
	__u8 kind;
	__le16 zero;
	__le64 number;
	__le32 content_length;
} __attribute__((packed));

/* ------------------------------------------------------------------ door */

/**
 * enum svcgate_door_kind - messages on /dev/svcgateN
 *
 * Read by the helper:
 * @SVCGATE_DOOR_REQUEST: an admitted request; payload follows
 * @SVCGATE_DOOR_DATA: bytes of an admitted transaction's stream, both ways
 * @SVCGATE_DOOR_ACK: acknowledgement, both ways; the offset is counted as that
 *	of DATA, what follows is as on the wire: nothing, or &struct svcgate_ack and
 *	ranges
 * @SVCGATE_DOOR_END: the transaction ended; reason says why. Written by the
 *	helper: its stream ends here, @offset bytes after the response
 * @SVCGATE_DOOR_CHANGE: a change of trust to store; &struct svcgate_change and
 *	the content of a record follow. It is there again, under the same
 *	number, for each next opener until it is committed or aborted
 * @SVCGATE_DOOR_OBJECT: give me this component's manifest
 *
 * Written by the helper:
 * @SVCGATE_DOOR_RESPONSE: reason, detail and payload of the response; ends the
 *	transaction unless %SVCGATE_DOOR_MORE is set
 * @SVCGATE_DOOR_MANIFEST: answer to OBJECT, empty when not installed
 * @SVCGATE_DOOR_COMMIT: change @number is durable
 * @SVCGATE_DOOR_ABORT: change @number could not be stored
 */
enum svcgate_door_kind {
	SVCGATE_DOOR_REQUEST = 1,
	SVCGATE_DOOR_DATA = 2,
	SVCGATE_DOOR_ACK = 3,
	SVCGATE_DOOR_END = 4,
	SVCGATE_DOOR_CHANGE = 5,
	SVCGATE_DOOR_OBJECT = 6,
	SVCGATE_DOOR_RESPONSE = 16,
	SVCGATE_DOOR_MANIFEST = 17,
	SVCGATE_DOOR_COMMIT = 18,
	SVCGATE_DOOR_ABORT = 19,
};

/**
 * enum svcgate_door_flag - svcgate_door.flags
 * @SVCGATE_DOOR_MORE: RESPONSE: data follows, the transaction stays open
 * @SVCGATE_DOOR_LAST: DATA: the stream ends with these bytes
 */
enum svcgate_door_flag {
	SVCGATE_DOOR_MORE = 1 << 0,
	SVCGATE_DOOR_LAST = 1 << 1,
};

/**
 * struct svcgate_door - fixed header of every message at the door
 * @length: bytes of the whole message, header included
 * @kind: &enum svcgate_door_kind
 * @flags: &enum svcgate_door_flag
 * @session: session of the transaction
 * @transaction: its number in the session
 * @op: REQUEST, OBJECT: the op
 * @reason: END, RESPONSE: &enum svcgate_reason
 * @detail: RESPONSE: the reason's detail; REQUEST: largest body of a frame that the
 *	host takes (&struct svcgate_hello)
 * @offset: DATA: place in the stream after request or response
 * @image: REQUEST: purpose under which the image was verified, else 0
 * @number: CHANGE, COMMIT, ABORT: number of the change, from 1 at each start of
 *	the device; no record's number
 * @by_state: REQUEST: capability ids in force by state
 * @sideloaded: REQUEST: ids in force by the stored file
 * @passed: REQUEST: ids in force by the request's credential
 * @object: REQUEST, OBJECT, MANIFEST: component id
 *
 * One read() returns one message; a buffer that is too short gets -EMSGSIZE
 * and the message stays. One write() takes one message.
 */
struct svcgate_door {
	__u32 length;
	__u16 kind;
	__u16 flags;
	__u64 session;
	__u16 transaction;
	__u16 op;
	__u16 reason;
	__u16 detail;
	__u32 offset;
	__u32 image;
	__u64 number;
	__u64 by_state;
	__u64 sideloaded;
	__u64 passed;
	__u8 object[16];
};

/**
 * struct svcgate_change - payload of CHANGE, before the content of the record
 * @record: &enum svcgate_record_kind, the record to write
 * @state: manufacturing state when the change is done
 * @zero: 0
 * @version: keystore version when it is done, 0 without a keystore
 * @epoch: epoch when it is done
 * @generation: lowest generation when it is done
 *
 * COMMIT says that the record is durable in both copies and that a state
 * backend holds @state, @version, @epoch and @generation, as far as it can.
 */
struct svcgate_change {
	__u8 record;
	__u8 state;
	__u16 zero;
	__u32 version;
	__u32 epoch;
	__u32 generation;
};

/* Longest message at the door: a CHANGE with two keystore files. */
#define SVCGATE_DOOR_MAX	(sizeof(struct svcgate_door) + 2 * SVCGATE_MESSAGE_MAX)

/* --------------------------------------------------------------- netlink */

#define SVCGATE_GENL_NAME		"svcgate"
#define SVCGATE_GENL_VERSION		1
#define SVCGATE_GENL_EVENTS		"events"

/* Longest name of a tty, NUL included. */
#define SVCGATE_PORT_NAME_SIZE		32

/**
 * enum svcgate_command - generic netlink commands
 *
 * All need CAP_NET_ADMIN in the initial namespaces; those marked (*) need
 * CAP_SYS_ADMIN too. Each error carries an extended-ack text.
 *
 * @SVCGATE_CMD_GET_DEVICE: do: DEVICE_ID, AUDIENCE, STATE, SEALED,
 *	KEYSTORE_VERSION, EPOCH, GENERATION; CHANGE, one that waits for the
 *	helper; CHANGE_ENDED with REASON, the last one that ended; absent when
 *	not set
 * @SVCGATE_CMD_GET_POLICY: dump: OP, OP_NAME, OP_FLAGS, OP_MASK, OP_IMAGE_MASK,
 *	one message a row
 * @SVCGATE_CMD_GET_CAPABILITIES: dump: CAPABILITY_ID, ORIGIN, one message an
 *	effective capability and origin
 * @SVCGATE_CMD_GET_PORT: dump: PORT_NAME, PORT_NUMBER, PORT_FLAGS, BAUD, COUNTERS
 * @SVCGATE_CMD_ATTACH: (*) PORT_NAME, [BAUD], [RTSCTS], [ALLOW_CONSOLE]: hold a
 *	port. -EBUSY open or held, -ENODEV no such line, -ENXIO no hardware on
 *	it, -EPERM a console, -EINVAL a name or driver that cannot be held,
 *	-ENOSPC %SVCGATE_PORTS_MAX held
 * @SVCGATE_CMD_DETACH: (*) PORT_NAME: let go of it. -ENODEV not held,
 *	-EBUSY process-held
 * @SVCGATE_CMD_SET_DEVICE: (*) DEVICE_ID, AUDIENCE: once a boot. -EEXIST set
 *	already, -EINVAL unfused (all 00 or ff) or out of bounds
 * @SVCGATE_CMD_SET_STATE: (*) STATE: before the seal; forward only. -EPERM
 *	sealed or backwards
 * @SVCGATE_CMD_SET_KEYSTORE: (*) BLOB, the content of a keystore record: before
 *	the seal; answered with REASON and DETAIL, done when it is in force;
 *	then a capability that was set before is not any more. -EPERM sealed,
 *	-EINVAL no device
 * @SVCGATE_CMD_SET_CAPABILITY: (*) BLOB: before the seal, after SET_KEYSTORE;
 *	answered with REASON and DETAIL. -EPERM sealed, -EINVAL no device
 * @SVCGATE_CMD_SET_RULE: (*) OP, OP_NAME, OP_MASK: a maker's rule, before the
 *	seal. -EPERM sealed, -EEXIST the op has one, -EINVAL below
 *	%SVCGATE_OP_MAKER or no mask, -ENOSPC %SVCGATE_RULES_MAX are there
 * @SVCGATE_CMD_SEAL: (*) end of configuration. -EINVAL no device, -EALREADY
 *	sealed
 * @SVCGATE_CMD_SET_FLOORS: (*) [KEYSTORE_VERSION], [EPOCH], [GENERATION]: what
 *	the state backend counted, and the generation of the stored file, whose
 *	key the keystore may have retired; before the seal and before
 *	SET_KEYSTORE; each can only raise a floor. -EPERM sealed, -EINVAL no
 *	device, or the keystore that was told before is below them
 * @SVCGATE_CMD_LOAD_KEYSTORE: (*) BLOB, one keystore file: after the seal, as if
 *	it had come from a port; answered with REASON and DETAIL. Done with
 *	CHANGE: it was accepted and is in force once that change is committed;
 *	done without: it was in force already. -EPERM not sealed
 * @SVCGATE_CMD_LOAD_CAPABILITY: (*) BLOB, one capability file: likewise
 * @SVCGATE_CMD_EVENT: notification to group "events": EVENT, PORT_NAME, OP,
 *	REASON, DETAIL
 */
enum svcgate_command {
	SVCGATE_CMD_UNSPEC,
	SVCGATE_CMD_GET_DEVICE,
	SVCGATE_CMD_GET_POLICY,
	SVCGATE_CMD_GET_CAPABILITIES,
	SVCGATE_CMD_GET_PORT,
	SVCGATE_CMD_ATTACH,
	SVCGATE_CMD_DETACH,
	SVCGATE_CMD_SET_DEVICE,
	SVCGATE_CMD_SET_STATE,
	SVCGATE_CMD_SET_KEYSTORE,
	SVCGATE_CMD_SET_CAPABILITY,
	SVCGATE_CMD_SET_RULE,
	SVCGATE_CMD_SEAL,
	SVCGATE_CMD_EVENT,
	SVCGATE_CMD_SET_FLOORS,
	SVCGATE_CMD_LOAD_KEYSTORE,
	SVCGATE_CMD_LOAD_CAPABILITY,
	__SVCGATE_CMD_MAX,
};

#define SVCGATE_CMD_MAX			(__SVCGATE_CMD_MAX - 1)

/**
 * enum svcgate_attribute - netlink attributes
 * @SVCGATE_A_PORT_NAME: string, name of the tty without /dev/
 * @SVCGATE_A_PORT_NUMBER: u32, N of /dev/svcgateN
 * @SVCGATE_A_PORT_FLAGS: u32, &enum svcgate_port_flag
 * @SVCGATE_A_BAUD: u32, bits a second; GET_PORT: the line's rate now
 * @SVCGATE_A_RTSCTS: flag
 * @SVCGATE_A_ALLOW_CONSOLE: flag
 * @SVCGATE_A_DEVICE_ID: 8-64 bytes
 * @SVCGATE_A_AUDIENCE: 16 bytes
 * @SVCGATE_A_STATE: u8, &enum svcgate_state
 * @SVCGATE_A_SEALED: flag
 * @SVCGATE_A_BLOB: a signed file
 * @SVCGATE_A_KEYSTORE_VERSION: u32
 * @SVCGATE_A_EPOCH: u32
 * @SVCGATE_A_GENERATION: u32
 * @SVCGATE_A_REASON: u16, &enum svcgate_reason
 * @SVCGATE_A_DETAIL: u16
 * @SVCGATE_A_OP: u16, &enum svcgate_op
 * @SVCGATE_A_OP_NAME: string
 * @SVCGATE_A_OP_FLAGS: u32, &enum svcgate_row_flag
 * @SVCGATE_A_OP_MASK: u64, ids that allow the op whatever its object
 * @SVCGATE_A_OP_IMAGE_MASK: u64, ids that allow it for some images
 * @SVCGATE_A_CAPABILITY_ID: u8
 * @SVCGATE_A_ORIGIN: u8, &enum svcgate_origin
 * @SVCGATE_A_COUNTERS: nest of &enum svcgate_counter, each u64
 * @SVCGATE_A_EVENT: u16, &enum svcgate_event_kind
 * @SVCGATE_A_PAD: padding of u64 attributes
 * @SVCGATE_A_CHANGE: u64, number of a change of trust
 * @SVCGATE_A_CHANGE_ENDED: u64, number of a change of trust
 */
enum svcgate_attribute {
	SVCGATE_A_UNSPEC,
	SVCGATE_A_PORT_NAME,
	SVCGATE_A_PORT_NUMBER,
	SVCGATE_A_PORT_FLAGS,
	SVCGATE_A_BAUD,
	SVCGATE_A_RTSCTS,
	SVCGATE_A_ALLOW_CONSOLE,
	SVCGATE_A_DEVICE_ID,
	SVCGATE_A_AUDIENCE,
	SVCGATE_A_STATE,
	SVCGATE_A_SEALED,
	SVCGATE_A_BLOB,
	SVCGATE_A_KEYSTORE_VERSION,
	SVCGATE_A_EPOCH,
	SVCGATE_A_GENERATION,
	SVCGATE_A_REASON,
	SVCGATE_A_DETAIL,
	SVCGATE_A_OP,
	SVCGATE_A_OP_NAME,
	SVCGATE_A_OP_FLAGS,
	SVCGATE_A_OP_MASK,
	SVCGATE_A_OP_IMAGE_MASK,
	SVCGATE_A_CAPABILITY_ID,
	SVCGATE_A_ORIGIN,
	SVCGATE_A_COUNTERS,
	SVCGATE_A_EVENT,
	SVCGATE_A_PAD,
	SVCGATE_A_CHANGE,
	SVCGATE_A_CHANGE_ENDED,
	__SVCGATE_A_MAX,
};

#define SVCGATE_A_MAX			(__SVCGATE_A_MAX - 1)

/**
 * enum svcgate_port_flag - SVCGATE_A_PORT_FLAGS
 * @SVCGATE_PORT_PROCESS_HELD: TIOCSETD put the discipline there; whoever has a
 *	descriptor can take it away
 * @SVCGATE_PORT_DOOR_OPEN: svcgated has the door open
 * @SVCGATE_PORT_SESSION: a session is open
 */
enum svcgate_port_flag {
	SVCGATE_PORT_PROCESS_HELD = 1 << 0,
	SVCGATE_PORT_DOOR_OPEN = 1 << 1,
	SVCGATE_PORT_SESSION = 1 << 2,
};

/**
 * enum svcgate_row_flag - SVCGATE_A_OP_FLAGS
 * @SVCGATE_ROW_ALWAYS: needs no capability
 * @SVCGATE_ROW_OBJECT: has an object
 * @SVCGATE_ROW_KERNEL: the kernel answers it
 * @SVCGATE_ROW_STORE: kernel and store, a change of trust
 * @SVCGATE_ROW_INSTALL: the payload is a manifest; the image mask counts for a
 *	production image that is no older than the one it displaces, and not a
 *	temporary one in the place of a lasting one
 * @SVCGATE_ROW_TEMPORARY: the image mask counts when the object is a
 *	production image marked temporary
 * @SVCGATE_ROW_RECOVERY: allowed in recovery mode, by version
 */
enum svcgate_row_flag {
	SVCGATE_ROW_ALWAYS = 1 << 0,
	SVCGATE_ROW_OBJECT = 1 << 1,
	SVCGATE_ROW_KERNEL = 1 << 2,
	SVCGATE_ROW_STORE = 1 << 3,
	SVCGATE_ROW_INSTALL = 1 << 4,
	SVCGATE_ROW_TEMPORARY = 1 << 5,
	SVCGATE_ROW_RECOVERY = 1 << 6,
};

/**
 * enum svcgate_origin - where an effective capability comes from
 */
enum svcgate_origin {
	SVCGATE_ORIGIN_STATE = 1,
	SVCGATE_ORIGIN_SIDELOADED = 2,
	SVCGATE_ORIGIN_PASSED = 3,
};

/**
 * enum svcgate_counter - counters of a port
 * @SVCGATE_COUNTER_FRAMES: valid frames received
 * @SVCGATE_COUNTER_BAD_CRC: frames dropped, wrong CRC or code
 * @SVCGATE_COUNTER_OVERLONG: frames dropped, too long
 * @SVCGATE_COUNTER_FLAGGED: frames dropped, parity, framing, overrun or BREAK
 * @SVCGATE_COUNTER_QUEUE_FULL: frames dropped, receive queue full
 * @SVCGATE_COUNTER_IGNORED: frames dropped, version, kind, flags or offset
 * @SVCGATE_COUNTER_BREAKS: BREAKs
 * @SVCGATE_COUNTER_SESSIONS: sessions opened
 * @SVCGATE_COUNTER_ADMITTED: requests admitted
 * @SVCGATE_COUNTER_REFUSED: requests refused
 * @SVCGATE_COUNTER_VERIFIED: signatures checked
 * @SVCGATE_COUNTER_CACHED: credentials found in the cache
 * @SVCGATE_COUNTER_BUSY: requests over the signature bucket
 * @SVCGATE_COUNTER_OUTPUT_DROPPED: frames not sent, output bound or no room
 * @SVCGATE_COUNTER_DOOR_DROPPED: frames not passed on, the door's queue full
 * @SVCGATE_COUNTER_MISCOUNTED: the tty core had lost count of what it received,
 *	and was emptied
 * @SVCGATE_COUNTER_OVERRUNS: times that the hardware lost bytes because nobody
 *	fetched them in time; their frame is counted as flagged, too
 */
enum svcgate_counter {
	SVCGATE_COUNTER_UNSPEC,
	SVCGATE_COUNTER_FRAMES,
	SVCGATE_COUNTER_BAD_CRC,
	SVCGATE_COUNTER_OVERLONG,
	SVCGATE_COUNTER_FLAGGED,
	SVCGATE_COUNTER_QUEUE_FULL,
	SVCGATE_COUNTER_IGNORED,
	SVCGATE_COUNTER_BREAKS,
	SVCGATE_COUNTER_SESSIONS,
	SVCGATE_COUNTER_ADMITTED,
	SVCGATE_COUNTER_REFUSED,
	SVCGATE_COUNTER_VERIFIED,
	SVCGATE_COUNTER_CACHED,
	SVCGATE_COUNTER_BUSY,
	SVCGATE_COUNTER_OUTPUT_DROPPED,
	SVCGATE_COUNTER_DOOR_DROPPED,
	SVCGATE_COUNTER_MISCOUNTED,
	SVCGATE_COUNTER_OVERRUNS,
	__SVCGATE_COUNTER_MAX,
};

#define SVCGATE_COUNTER_MAX		(__SVCGATE_COUNTER_MAX - 1)

/**
 * enum svcgate_event_kind - SVCGATE_A_EVENT
 * @SVCGATE_EVENT_ATTACHED: a port is held
 * @SVCGATE_EVENT_DETACHED: a port was let go; REASON
 * @SVCGATE_EVENT_SEALED: the device is sealed
 * @SVCGATE_EVENT_SESSION: a session began (reason done) or ended; REASON
 * @SVCGATE_EVENT_ADMITTED: a request was admitted; OP
 * @SVCGATE_EVENT_REFUSED: a request was refused; OP, REASON, DETAIL
 * @SVCGATE_EVENT_VERIFIED: a signature was checked; REASON, DETAIL
 * @SVCGATE_EVENT_CHANGED: a change of trust ended; REASON done or not-stored;
 *	DETAIL, the record
 */
enum svcgate_event_kind {
	SVCGATE_EVENT_ATTACHED = 1,
	SVCGATE_EVENT_DETACHED = 2,
	SVCGATE_EVENT_SEALED = 3,
	SVCGATE_EVENT_SESSION = 4,
	SVCGATE_EVENT_ADMITTED = 5,
	SVCGATE_EVENT_REFUSED = 6,
	SVCGATE_EVENT_VERIFIED = 7,
	SVCGATE_EVENT_CHANGED = 8,
};

#endif /* _UAPI_LINUX_SVCGATE_H */

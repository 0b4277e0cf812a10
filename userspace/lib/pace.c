// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The sending side of a line: how much may be on its way, in frames how long.
 *
 * A frame costs a header; a damaged one costs all of it. With h bytes of overhead
 * and one error in every b bytes the cost is least at frames of sqrt(h * b) bytes,
 * so counting the bytes between losses is all that has to be known of a line.
 *
 * What is on its way fills the line and no queue: what arrives in the time that a
 * frame takes beside its bytes, one frame that is on the line, and one that waits.
 */
#include "stream_private.h"

/* A frame occupies the line for this long at most; the same with others beside it. */
#define FRAME_US		500000
#define FRAME_SHARED_US		20000

/* As long as nothing is known of a line: its rate; whether long frames arrive. */
#define FRAME_UNKNOWN		256
#define FRAME_FIRST		512
#define RATE_UNKNOWN		11520
#define BETWEEN_UNKNOWN		(1 << 20)
#define LATENCY_START_US	10000
#define LATENCY_MAX_US		100000
#define LATENCY_STEP_US		2000
#define LATENCY_SHARED_US	5000

#define FRAME_SMALLEST		32

/* Losses after which the estimate is a mean of the last ones. */
#define LOSSES_FIRST		4
#define LOSSES_MEAN		24

/* A line that damages frames: so much is on its way, in so many of them. */
#define LOSSY_US		50000
#define LOSSY_SHARED_US		20000
#define LOSSY_FRAMES_MIN	6
#define LOSSY_FRAMES_MAX	24

/*
 * A time-out is this much beyond what is expected, twice as much after each. Where
 * frames get lost anyway, waiting costs more than a short one sent for nothing.
 */
#define TIMEOUT_US		100000
#define TIMEOUT_UNKNOWN_US	500000
#define TIMEOUT_MAX_US		1000000
#define TIMEOUT_LOSSY_US	20000
#define TIMEOUT_LOSSY_MAX_US	100000

static u64 root(u64 n)
{
	u64 r = n, next = n / 2 + 1;

	while (next < r) {
		r = next;
		next = (r + n / r) / 2;
	}
	return r;
}

/**
 * svcgate_pace_init() - begin with a line
 * @pace: the sending side
 * @rate: bytes a second that it is believed to carry, 0 when that is not known
 * @bound: bytes that may be on their way, whatever is measured
 * @frame_max: most bytes of data in a frame
 */
void svcgate_pace_init(struct svcgate_pace *pace, u32 rate, size_t bound, size_t frame_max)
{
	*pace = (struct svcgate_pace){
		.bound = bound,
		.frame_max = frame_max,
		.streams = 1,
		.nominal = rate,
		.rate = rate,
		.latency = LATENCY_START_US,
		.between = BETWEEN_UNKNOWN,
	};
}

/**
 * svcgate_pace_reset() - a session is over: nothing is on its way any more
 * @pace: the sending side; what was measured of the line stays
 */
void svcgate_pace_reset(struct svcgate_pace *pace)
{
	pace->in_flight = 0;
	pace->streams = 1;
}

static u32 rate(const struct svcgate_pace *pace)
{
	return pace->rate ? pace->rate : RATE_UNKNOWN;
}

static size_t frame_by_errors(const struct svcgate_pace *pace)
{
	u64 between = pace->since > pace->between ? pace->since : pace->between;

	return root(SVCGATE_STREAM_OVERHEAD * between);
}

/* What the line carries in a time. */
static size_t line_bytes(const struct svcgate_pace *pace, int64_t us)
{
	return (u64)rate(pace) * us / 1000000;
}

/*
 * One on the line, one that waits, one that is being acknowledged. The first ones
 * are short: of a line that damages everything long nothing would be heard.
 */
static size_t frame_most(const struct svcgate_pace *pace)
{
	u64 most = pace->bound / 3 - SVCGATE_STREAM_OVERHEAD;

	if (most > pace->frame_max)
		most = pace->frame_max;
	if (!pace->rate)
		return FRAME_UNKNOWN;
	if (most > pace->delivered / 8)
		most = pace->delivered / 8;
	return most > FRAME_FIRST ? most : FRAME_FIRST;
}

static size_t frame_by_time(const struct svcgate_pace *pace)
{
	size_t most = frame_most(pace);
	size_t bytes = line_bytes(pace, pace->streams > 1 ? FRAME_SHARED_US : FRAME_US);

	bytes = bytes > SVCGATE_STREAM_OVERHEAD ? bytes - SVCGATE_STREAM_OVERHEAD : 0;
	return bytes < most ? bytes : most;
}

/**
 * svcgate_pace_frame() - how much data the next frame should carry
 * @pace: the sending side
 *
 * Return: bytes.
 */
size_t svcgate_pace_frame(const struct svcgate_pace *pace)
{
	size_t frame = frame_by_errors(pace), most = frame_by_time(pace);

	if (frame > most)
		frame = most;
	return frame > FRAME_SMALLEST ? frame : FRAME_SMALLEST;
}

static bool lossy(const struct svcgate_pace *pace)
{
	return pace->losses && frame_by_errors(pace) < frame_by_time(pace);
}

/*
 * On a line that damages frames, their acknowledgements get lost, too: enough is on
 * its way that some arrive before a time-out.
 */
static size_t lossy_frames(const struct svcgate_pace *pace, size_t line)
{
	int64_t us = pace->streams > 1 ? LOSSY_SHARED_US : LOSSY_US;
	size_t frames = line_bytes(pace, us) / line;

	if (frames < LOSSY_FRAMES_MIN)
		return LOSSY_FRAMES_MIN;
	return frames < LOSSY_FRAMES_MAX ? frames : LOSSY_FRAMES_MAX;
}

/* With others beside it a full line counts less than a short queue. */
static int64_t latency(const struct svcgate_pace *pace)
{
	int64_t most = pace->latency > pace->idle ? pace->latency : pace->idle;

	return pace->streams > 1 && most > LATENCY_SHARED_US ? LATENCY_SHARED_US : most;
}

/**
 * svcgate_pace_window() - how much should be on its way
 * @pace: the sending side
 *
 * Return: bytes on the line, of all streams together.
 */
size_t svcgate_pace_window(const struct svcgate_pace *pace)
{
	size_t line = svcgate_line_length(svcgate_pace_frame(pace)), window;
	size_t frames = lossy(pace) ? lossy_frames(pace, line) : 2;

	window = line_bytes(pace, latency(pace)) + frames * line;
	return window < pace->bound ? window : pace->bound;
}

/**
 * svcgate_pace_timeout() - how long an acknowledgement of what is on its way takes
 * @pace: the sending side
 * @tries: time-outs before this one
 *
 * Return: microseconds.
 */
int64_t svcgate_pace_timeout(const struct svcgate_pace *pace, unsigned int tries)
{
	int64_t queue = (u64)pace->in_flight * 1000000 / rate(pace);
	bool loses = lossy(pace);
	int64_t most = loses ? TIMEOUT_LOSSY_MAX_US : TIMEOUT_MAX_US;
	int64_t extra = 2 * (pace->late > pace->latency ? pace->late : pace->latency);

	extra += !pace->rate ? TIMEOUT_UNKNOWN_US : loses ? TIMEOUT_LOSSY_US : TIMEOUT_US;
	while (tries-- && extra < most)
		extra *= 2;
	return queue + (extra < most ? extra : most);
}

/**
 * svcgate_pace_sent() - a segment goes out
 * @pace: the sending side
 * @segment: it; gets what is needed to learn from its arrival
 * @now: microseconds
 */
void svcgate_pace_sent(struct svcgate_pace *pace, struct svcgate_segment *segment, int64_t now)
{
	/* After a pause the line is empty: its rate is measured from now on. */
	if (!pace->in_flight) {
		pace->delivered_at = now;
		pace->first_sent_at = now;
	}
	pace->in_flight += svcgate_segment_line(segment);
	segment->first_sent_at = pace->first_sent_at;
	segment->full = 2 * pace->in_flight >= svcgate_pace_window(pace);
	segment->order = ++pace->sends;
	segment->sent_at = now;
	segment->queue = pace->in_flight;
	segment->delivered = pace->delivered;
	segment->delivered_at = pace->delivered_at;
}

/**
 * svcgate_pace_gone() - a segment is not on its way any more
 * @pace: the sending side
 * @segment: it
 */
void svcgate_pace_gone(struct svcgate_pace *pace, const struct svcgate_segment *segment)
{
	size_t line = svcgate_segment_line(segment);

	pace->in_flight -= line < pace->in_flight ? line : pace->in_flight;
}

static u64 arrival_rate(const struct svcgate_pace *pace, const struct svcgate_segment *segment,
			int64_t now)
{
	int64_t time = now - segment->delivered_at;

	/* Acknowledgements that waited for each other come at once. */
	if (time < segment->sent_at - segment->first_sent_at)
		time = segment->sent_at - segment->first_sent_at;
	if (time <= 0)
		return 0;
	return (pace->delivered - segment->delivered) * 1000000 / (u64)time;
}

/* The best of late counts; a line that became slower is believed after some time. */
static void learn_rate(struct svcgate_pace *pace, const struct svcgate_segment *segment,
		       u64 sample)
{
	if (!sample)
		return;
	if (!pace->rate)
		pace->rate = sample < UINT32_MAX ? sample : UINT32_MAX;
	else if (sample > pace->rate)
		pace->rate = sample < 2ULL * pace->rate ? sample : 2 * pace->rate;
	else if (segment->full)
		pace->rate -= (pace->rate - sample) / 64;
	if (pace->rate < pace->nominal)
		pace->rate = pace->nominal;
}

/*
 * On a line that is never empty the bytes on their way explain all of the time, so
 * the peak falls until the line is idle for a moment, and rises again. What a frame
 * needs that finds the line empty is exact.
 */
static void learn_latency(struct svcgate_pace *pace, const struct svcgate_segment *segment,
			  int64_t now)
{
	int64_t queue = (u64)segment->queue * 1000000 / rate(pace);
	int64_t latency = now - segment->sent_at - queue;

	if (latency < 0)
		latency = 0;
	if (latency > pace->late)
		pace->late = latency;
	else
		pace->late -= (pace->late - latency) / 16;
	if (latency > LATENCY_MAX_US)
		latency = LATENCY_MAX_US;
	if (segment->queue == svcgate_segment_line(segment))
		pace->idle = latency;
	if (latency > pace->latency)
		pace->latency = latency;
	else
		pace->latency -= (pace->latency - latency) / 64;
}

/* Less arrives than the line carries, though enough waited: more has to wait. */
static void learn_gaps(struct svcgate_pace *pace, const struct svcgate_segment *segment,
		       u64 sample)
{
	if (lossy(pace) || pace->streams > 1 || !segment->full || sample >= rate(pace) / 20 * 19ULL)
		return;
	pace->latency += LATENCY_STEP_US;
	if (pace->latency > LATENCY_MAX_US)
		pace->latency = LATENCY_MAX_US;
}

/**
 * svcgate_pace_arrived() - a segment was acknowledged
 * @pace: the sending side
 * @segment: it; was not reported before
 * @now: microseconds
 */
void svcgate_pace_arrived(struct svcgate_pace *pace, const struct svcgate_segment *segment,
			  int64_t now)
{
	size_t line = svcgate_segment_line(segment);

	pace->delivered += line;
	pace->delivered_at = now;
	pace->since += line;
}

/**
 * svcgate_pace_learn() - what an acknowledgement tells of the line
 * @pace: the sending side
 * @segment: the one sent last of those that it is about
 * @now: microseconds
 */
void svcgate_pace_learn(struct svcgate_pace *pace, const struct svcgate_segment *segment,
			int64_t now)
{
	u64 sample = arrival_rate(pace, segment, now);

	if (pace->doubted && !segment->again && segment->order <= pace->doubted_at)
		pace->between = pace->doubted;
	pace->doubted = 0;
	learn_rate(pace, segment, sample);
	pace->first_sent_at = segment->sent_at;
	/* Of one that was sent twice it is not known which one arrived. */
	if (segment->again)
		return;
	learn_latency(pace, segment, now);
	learn_gaps(pace, segment, sample);
}

/**
 * svcgate_pace_doubt() - a segment is sent again because nothing was heard
 * @pace: the sending side
 * @line: its bytes on the line
 *
 * Either the frames of this line are too long to arrive, or it stands still. When
 * what was sent before arrives after all, it stood still, and what was known of it
 * holds.
 */
void svcgate_pace_doubt(struct svcgate_pace *pace, size_t line)
{
	if (!pace->doubted) {
		pace->doubted = pace->between;
		pace->doubted_at = pace->sends;
	}
	svcgate_pace_lost(pace, line);
}

/**
 * svcgate_pace_lost() - segments in a row were lost
 * @pace: the sending side
 * @line: their bytes on the line
 *
 * A burst is one loss, however many it took along. The first few say little about
 * a mean, but much about the order of magnitude.
 */
void svcgate_pace_lost(struct svcgate_pace *pace, size_t line)
{
	u64 sample = pace->since + line;

	if (!pace->losses)
		pace->between = root(pace->between * sample);
	if (pace->losses < LOSSES_FIRST)
		pace->between = root(pace->between * sample);
	else if (sample > pace->between)
		pace->between += (sample - pace->between) / LOSSES_MEAN;
	else
		pace->between -= (pace->between - sample) / LOSSES_MEAN;
	pace->losses++;
	pace->since = 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capture files: reading packets from one, and writing them to one, by libpcap. Link
 * types and their headers: https://www.tcpdump.org/linktypes.html
 */
#include "capture.h"

#include <errno.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8

#define ETHERNET_SIZE	14
#define TAG_SIZE	4
#define TAGS_MAX	2

struct capture {
	pcap_t *pcap;
	int link;		/* DLT_* */
	unsigned char whole[NFLUA_MESSAGE_MAX];	/* see with_length() */
	const char *path;
};

struct capture_writer {
	pcap_t *pcap;
	pcap_dumper_t *dumper;
};

static char message[PCAP_ERRBUF_SIZE + 64];

/* A link type. */
struct link {
	int type;
	/* returns where the IP packet begins, or -1 if it is another protocol */
	int (*header)(const unsigned char *frame, size_t len);
	bool is_ethernet;
};

static bool is_ip(unsigned int ethertype)
{
	return ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
}

static unsigned int be16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

/* Skips VLAN tags. */
static int ethernet_header(const unsigned char *frame, size_t len)
{
	size_t size = ETHERNET_SIZE;
	unsigned int type;
	int tags;

	for (tags = 0; len >= size && tags <= TAGS_MAX; tags++) {
		type = be16(frame + size - 2);
		if (is_ip(type))
			return size;
		if (type != ETHERTYPE_VLAN && type != ETHERTYPE_QINQ)
			break;
		size += TAG_SIZE;
	}
	return -1;
}

static int no_header(const unsigned char *frame, size_t len)
{
	return len && (*frame >> 4 == 4 || *frame >> 4 == 6) ? 0 : -1;
}

/* LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: captures on the device "any". */
static int cooked_header(const unsigned char *frame, size_t len)
{
	return len > 16 && is_ip(be16(frame + 14)) ? 16 : -1;
}

static int cooked2_header(const unsigned char *frame, size_t len)
{
	return len > 20 && is_ip(be16(frame)) ? 20 : -1;
}

/* Skips the address family, four bytes, whose numbers differ between systems. */
static int family_header(const unsigned char *frame, size_t len)
{
	return len > 4 && no_header(frame + 4, len - 4) == 0 ? 4 : -1;
}

static const struct link links[] = {
	{ DLT_EN10MB, ethernet_header, true },
	{ DLT_RAW, no_header, false },
	{ DLT_IPV4, no_header, false },
	{ DLT_IPV6, no_header, false },
	{ DLT_LINUX_SLL, cooked_header, false },
	{ DLT_LINUX_SLL2, cooked2_header, false },
	{ DLT_NULL, family_header, false },
	{ DLT_LOOP, family_header, false },
};

static const struct link *find_link(int type)
{
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
}

const char *capture_open(const char *path, struct capture **out)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	char why[PCAP_ERRBUF_SIZE];
	const char *name;

	*out = NULL;
	if (!capture)
		return strerror(ENOMEM);
	capture->pcap = pcap_open_offline(path, why);
	if (!capture->pcap) {
		snprintf(message, sizeof(message), "%s%s%s",
			 strncmp(why, path, strlen(path)) ? path : "",
			 strncmp(why, path, strlen(path)) ? ": " : "", why);
		free(capture);
		return message;
	}
	capture->path = path;
	capture->link = pcap_datalink(capture->pcap);
	if (!find_link(capture->link)) {
		name = pcap_datalink_val_to_name(capture->link);
		snprintf(message, sizeof(message),
			 "%s: packets of the link type %s%s%d cannot be read", path,
			 name ? name : "", name ? ", number " : "number ",
			 capture->link);
		capture_close(capture);
		return message;
	}
	*out = capture;
	return NULL;
}

/* Returns the length by the IP header, as the module sees it; 0: the packet is damaged. */
static size_t packet_length(const unsigned char *p, size_t len)
{
	size_t says = 0, header = 0;

	if (len >= 20 && *p >> 4 == 4) {
		header = (*p & 15) * 4;
		says = header < 20 ? 0 : be16(p + 2);
	} else if (len >= 40 && *p >> 4 == 6) {
		header = 40;
		says = be16(p + 4) + header;
	}
	return says >= header && says <= len ? says : 0;
}

/* Returns whether the IPv4 header has no length, as with TCP segmentation offload. */
static bool lacks_length(const unsigned char *p, size_t len)
{
	return len >= 20 && *p >> 4 == 4 && be16(p + 2) == 0 && p[9] == IPPROTO_TCP &&
	       (*p & 15) >= 5 && (size_t)(*p & 15) * 4 <= len;
}

/* Returns the checksum of the IPv4 header (RFC 1071). */
static unsigned int header_checksum(const unsigned char *p)
{
	unsigned int sum = 0;
	int i;

	for (i = 0; i < (*p & 15) * 4; i += 2)
		sum += be16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum ^ 0xffff;
}

/* Returns a copy with its length set, as rules saw the packet before the device did. */
static const unsigned char *with_length(struct capture *capture,
					const unsigned char *p, size_t len)
{
	unsigned char *q = capture->whole;
	unsigned int sum;

	memcpy(q, p, len);
	q[2] = len >> 8;
	q[3] = len;
	q[10] = q[11] = 0;
	sum = header_checksum(q);
	q[10] = sum >> 8;
	q[11] = sum;
	return q;
}

/* Returns whether to skip a packet. The module takes only complete, valid packets. */
static enum skip judge(const struct nflua_packet *packet)
{
	if (packet->len > NFLUA_MESSAGE_MAX)
		return SKIP_LONG;
	return packet_length(packet->data, packet->len) ? SKIP_NOT : SKIP_CUT;
}

/* Reads the next packet. Returns 1, 0 at the end, or -1; see capture_error(). */
int capture_next(struct capture *capture, struct nflua_packet *packet,
		 enum skip *skip)
{
	const struct link *link = find_link(capture->link);
	struct pcap_pkthdr *header;
	const unsigned char *data;
	int got = pcap_next_ex(capture->pcap, &header, &data), size;

	memset(packet, 0, sizeof(*packet));
	if (got != 1)
		return got == PCAP_ERROR_BREAK ? 0 : -1;
	size = link->header(data, header->caplen);
	*skip = SKIP_NO_IP;
	if (size < 0)
		return 1;
	packet->frame = link->is_ethernet ? data : NULL;
	packet->frame_len = link->is_ethernet ? size : 0;
	packet->data = data + size;
	packet->len = header->caplen - size;
	if (header->caplen == header->len && packet->len <= NFLUA_MESSAGE_MAX &&
	    lacks_length(packet->data, packet->len))
		packet->data = with_length(capture, packet->data, packet->len);
	*skip = judge(packet);
	return 1;
}

const char *capture_error(struct capture *capture)
{
	snprintf(message, sizeof(message), "%s: %s", capture->path,
		 pcap_geterr(capture->pcap));
	return message;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	pcap_close(capture->pcap);
	free(capture);
}

const char *capture_create(const char *path, struct capture_writer **out)
{
	struct capture_writer *writer = calloc(1, sizeof(*writer));

	*out = NULL;
	if (!writer)
		return strerror(ENOMEM);
	writer->pcap = pcap_open_dead(DLT_RAW, 65536);
	if (writer->pcap)
		writer->dumper = pcap_dump_open(writer->pcap, path);
	if (writer->dumper) {
		*out = writer;
		return NULL;
	}
	snprintf(message, sizeof(message), "%s", writer->pcap ?
		 pcap_geterr(writer->pcap) : strerror(ENOMEM));
	if (writer->pcap)
		pcap_close(writer->pcap);
	free(writer);
	return message;
}

void capture_write(struct capture_writer *writer, const void *packet, size_t len)
{
	struct pcap_pkthdr header = { .caplen = len, .len = len };

	gettimeofday(&header.ts, NULL);
	pcap_dump((unsigned char *)writer->dumper, &header, packet);
}

/* Closes a file. Returns 0, or -1 if not all of it could be written. NULL is fine. */
int capture_finish(struct capture_writer *writer)
{
	int err;

	if (!writer)
		return 0;
	err = pcap_dump_flush(writer->dumper) ||
	      ferror(pcap_dump_file(writer->dumper));
	pcap_dump_close(writer->dumper);
	pcap_close(writer->pcap);
	free(writer);
	return err ? -1 : 0;
}

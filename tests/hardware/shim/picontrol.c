/* Stand-in for the character device of piControl, by LD_PRELOAD, for tests.
 *
 * PICONTROL_PATH   the path that is shown as the device (default /dev/piControl0)
 * PICONTROL_IMAGE  the regular file that holds the process image
 * PICONTROL_STATE  the block below, made by the test: it plays the kernel that outlives us
 *
 * What a regular file lacks and this gives: S_ISCHR, EAGAIN while the driver does not run,
 * the 'K' ioctls, and zeroed outputs when a handle with an armed watchdog is closed. That a
 * handle was not fed in time, or died with its process, only somebody else can notice: the
 * test does, from the block.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { IMAGE_LENGTH = 4096, MAX_HANDLES = 4096, MAX_RANGES = 64, MAX_WATCHES = 16 };
enum { MAX_DEVICES = 64, DEVICE_BYTES = 72, MAX_VARIABLES = 1024, NAME_BYTES = 32 };
enum { NOWHERE = 0xffff, NO_BIT = 0xff };
enum { MAGIC = 0x50694331, NO_WATCH = -1, POLL_US = 2000, LOCK_TRIES = 2000, LOCK_PAUSE_US = 50 };
enum {
	KB_RESET = 0x4B0C,
	KB_GET_DEVICE_INFO_LIST = 0x4B0D,
	KB_GET_VALUE = 0x4B0F,
	KB_SET_VALUE = 0x4B10,
	KB_FIND_VARIABLE = 0x4B11,
	KB_SET_OUTPUT_WATCHDOG = 0x4B1A,
	KB_WAIT_FOR_EVENT = 0x4B32,
};

struct range { uint16_t offset, length; };

struct watch {
	uint32_t pid;		/* 0: free */
	uint32_t handle;
	uint64_t period_ms;	/* 0: not armed */
	uint64_t fed_ns;	/* CLOCK_MONOTONIC */
	uint64_t feeds;
};

struct state {
	uint32_t magic;
	uint32_t is_running;
	uint32_t resets;	/* finished ones */
	uint32_t reset_wanted;	/* by KB_RESET; the test carries it out */
	uint32_t lock;		/* the driver's mutex around the image */
	uint32_t armed_closes;	/* handles closed while armed */
	uint32_t range_count;
	struct range outputs[MAX_RANGES];
	uint32_t padding;
	struct watch watches[MAX_WATCHES];
	uint32_t device_count, variable_count;	/* of the configuration that the driver uses */
	uint8_t devices[MAX_DEVICES][DEVICE_BYTES];
	struct variable {
		char name[NAME_BYTES];
		uint16_t address;
		uint8_t bit, unused;
		uint16_t length, unused_too;
	} variables[MAX_VARIABLES];
};

struct handle {
	pid_t owner;		/* 0: not ours; a child that closes what it inherited is another */
	uint32_t seen_resets;
	int watch;
};

static struct state *state;
static struct handle handles[MAX_HANDLES];

#define REAL(name) \
	static __typeof__(name) *real_##name; \
	if (!real_##name) real_##name = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static const char *device_path(void)
{
	const char *path = getenv("PICONTROL_PATH");
	return path ? path : "/dev/piControl0";
}

static const char *image_path(void) { return getenv("PICONTROL_IMAGE"); }

static int is_device(const char *path)
{
	return path && image_path() && !strcmp(path, device_path());
}

static int is_ours(int fd) { return fd >= 0 && fd < MAX_HANDLES && handles[fd].owner; }

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int refuse(int number)
{
	errno = number;
	return -1;
}

/* Without the block a test would prove nothing, so there is no going on without it. */
static void attach(void)
{
	if (state) return;
	REAL(open);
	REAL(close);
	const char *path = getenv("PICONTROL_STATE");
	int fd = path ? real_open(path, O_RDWR | O_CLOEXEC) : -1;
	void *block = MAP_FAILED;
	if (fd >= 0) {
		block = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		real_close(fd);
	}
	if (block == MAP_FAILED || ((struct state *)block)->magic != MAGIC) {
		fprintf(stderr, "The shim of piControl has no block at PICONTROL_STATE.\n");
		abort();
	}
	state = block;
}

static int is_down(void) { return !__atomic_load_n(&state->is_running, __ATOMIC_ACQUIRE); }

/* A holder that was killed or stopped is passed over: the kernel's own could not be. */
static void lock_image(void)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		uint32_t is_free = 0;
		if (__atomic_compare_exchange_n(&state->lock, &is_free, 1, 0, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
		usleep(LOCK_PAUSE_US);
	}
}

static void unlock_image(void) { __atomic_store_n(&state->lock, 0, __ATOMIC_RELEASE); }

static void feed(int fd)
{
	if (handles[fd].watch == NO_WATCH) return;
	struct watch *watch = &state->watches[handles[fd].watch];
	__atomic_store_n(&watch->fed_ns, now_ns(), __ATOMIC_RELEASE);
	__atomic_add_fetch(&watch->feeds, 1, __ATOMIC_RELAXED);
}

static int arm(int fd, uint64_t period_ms)
{
	struct handle *handle = &handles[fd];
	for (int i = 0; i < MAX_WATCHES && handle->watch == NO_WATCH; i++) {
		uint32_t is_free = 0;
		if (__atomic_compare_exchange_n(&state->watches[i].pid, &is_free, (uint32_t)getpid(), 0,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			handle->watch = i;
	}
	if (handle->watch == NO_WATCH) return refuse(ENOMEM);
	struct watch *watch = &state->watches[handle->watch];
	watch->handle = (uint32_t)fd;
	watch->fed_ns = now_ns();
	__atomic_store_n(&watch->period_ms, period_ms, __ATOMIC_RELEASE);
	return 0;
}

static void zero_outputs(int fd)
{
	static const char zeros[IMAGE_LENGTH];
	REAL(pwrite);
	lock_image();
	for (uint32_t i = 0; i < state->range_count && i < MAX_RANGES; i++)
		if (real_pwrite(fd, zeros, state->outputs[i].length, state->outputs[i].offset) < 0)
			perror("The shim of piControl could not zero outputs");
	unlock_image();
}

static void let_go(int fd)
{
	struct handle *handle = &handles[fd];
	if (handle->watch != NO_WATCH) {
		struct watch *watch = &state->watches[handle->watch];
		if (watch->period_ms) {
			zero_outputs(fd);
			__atomic_add_fetch(&state->armed_closes, 1, __ATOMIC_RELAXED);
		}
		watch->period_ms = watch->fed_ns = watch->feeds = 0;
		__atomic_store_n(&watch->pid, 0, __ATOMIC_RELEASE);
	}
	memset(handle, 0, sizeof *handle);
}

static int took(int fd)
{
	if (fd < 0 || fd >= MAX_HANDLES) return fd;
	attach();
	handles[fd].seen_resets = state->resets;
	handles[fd].watch = NO_WATCH;
	handles[fd].owner = getpid();
	return fd;
}

static int flags_for_image(int flags) { return flags & ~(O_CREAT | O_TRUNC | O_EXCL); }

#define TAKE_MODE \
	va_list rest; \
	va_start(rest, flags); \
	mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
	va_end(rest);

#define DEFINE_OPEN(name) \
	int name(const char *path, int flags, ...) \
	{ \
		REAL(name); \
		TAKE_MODE \
		if (is_device(path)) return took(real_##name(image_path(), flags_for_image(flags))); \
		return real_##name(path, flags, mode); \
	}
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

int close(int fd)
{
	REAL(close);
	if (is_ours(fd) && handles[fd].owner == getpid()) let_go(fd);
	return real_close(fd);
}

#define AS_DEVICE(status) \
	do { \
		(status)->st_mode = ((status)->st_mode & ~(mode_t)S_IFMT) | S_IFCHR; \
		(status)->st_size = 0; \
	} while (0)

#define DEFINE_FSTAT(name, type) \
	int name(int fd, struct type *status) \
	{ \
		REAL(name); \
		int failed = real_##name(fd, status); \
		if (!failed && is_ours(fd)) AS_DEVICE(status); \
		return failed; \
	}
DEFINE_FSTAT(fstat, stat)
DEFINE_FSTAT(fstat64, stat64)

#define DEFINE_STAT(name, type) \
	int name(const char *path, struct type *status) \
	{ \
		REAL(name); \
		if (!is_device(path)) return real_##name(path, status); \
		int failed = real_##name(image_path(), status); \
		if (!failed) AS_DEVICE(status); \
		return failed; \
	}
DEFINE_STAT(stat, stat)
DEFINE_STAT(stat64, stat64)

#define DEFINE_FSTATAT(name, type) \
	int name(int directory, const char *path, struct type *status, int flags) \
	{ \
		REAL(name); \
		int failed = real_##name(directory, is_device(path) ? image_path() : path, status, flags); \
		int is_handle = (flags & AT_EMPTY_PATH) && !*path && is_ours(directory); \
		if (!failed && (is_device(path) || is_handle)) AS_DEVICE(status); \
		return failed; \
	}
DEFINE_FSTATAT(fstatat, stat)
DEFINE_FSTATAT(fstatat64, stat64)

int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status)
{
	REAL(statx);
	int is_handle = (flags & AT_EMPTY_PATH) && !*path && is_ours(directory);
	const char *real_path = is_device(path) ? image_path() : path;
	int failed = real_statx(directory, real_path, flags, mask, status);
	if (!failed && (is_device(path) || is_handle)) {
		status->stx_mode = (uint16_t)((status->stx_mode & ~S_IFMT) | S_IFCHR);
		status->stx_size = 0;
	}
	return failed;
}

static size_t clipped(size_t length, off_t offset)
{
	if (offset < 0 || offset >= IMAGE_LENGTH) return 0;
	size_t left = (size_t)(IMAGE_LENGTH - offset);
	return length < left ? length : left;
}

#define TRANSFER(call, fd, is_write) \
	do { \
		if (is_down()) return refuse(EAGAIN); \
		lock_image(); \
		ssize_t moved = (call); \
		unlock_image(); \
		if (is_write && moved >= 0) feed(fd); \
		return moved; \
	} while (0)

#define DEFINE_AT(name, buffer_type, offset_type, is_write) \
	ssize_t name(int fd, buffer_type buffer, size_t length, offset_type offset) \
	{ \
		REAL(name); \
		if (!is_ours(fd)) return real_##name(fd, buffer, length, offset); \
		TRANSFER(real_##name(fd, buffer, clipped(length, offset), offset), fd, is_write); \
	}
DEFINE_AT(pread, void *, off_t, 0)
DEFINE_AT(pread64, void *, off64_t, 0)
DEFINE_AT(pwrite, const void *, off_t, 1)
DEFINE_AT(pwrite64, const void *, off64_t, 1)

static off_t position(int fd)
{
	REAL(lseek);
	return real_lseek(fd, 0, SEEK_CUR);
}

#define DEFINE_STREAM(name, buffer_type, is_write) \
	ssize_t name(int fd, buffer_type buffer, size_t length) \
	{ \
		REAL(name); \
		if (!is_ours(fd)) return real_##name(fd, buffer, length); \
		TRANSFER(real_##name(fd, buffer, clipped(length, position(fd))), fd, is_write); \
	}
DEFINE_STREAM(read, void *, 0)
DEFINE_STREAM(write, const void *, 1)

#define DEFINE_SEEK(name, offset_type) \
	offset_type name(int fd, offset_type offset, int whence) \
	{ \
		REAL(name); \
		if (!is_ours(fd)) return real_##name(fd, offset, whence); \
		if (is_down()) return refuse(EAGAIN); \
		if (whence == SEEK_SET && !clipped(1, offset)) return refuse(EINVAL); \
		return real_##name(fd, offset, whence); \
	}
DEFINE_SEEK(lseek, off_t)
DEFINE_SEEK(lseek64, off64_t)

struct value { uint16_t address; uint8_t bit, value; };	/* bit 8 and more: the whole byte */

static int get_or_set(int fd, struct value *wanted, int is_set)
{
	REAL(pread);
	REAL(pwrite);
	uint8_t byte = 0, mask = wanted->bit < 8 ? (uint8_t)(1u << wanted->bit) : 0;
	if (wanted->address >= IMAGE_LENGTH) return refuse(EINVAL);
	lock_image();
	ssize_t moved = real_pread(fd, &byte, 1, wanted->address);
	if (moved == 1 && is_set) {
		if (!mask) byte = wanted->value;
		else byte = (uint8_t)(wanted->value ? byte | mask : byte & ~mask);
		moved = real_pwrite(fd, &byte, 1, wanted->address);
	}
	unlock_image();
	if (moved != 1) return refuse(EIO);
	if (is_set) feed(fd);
	else wanted->value = mask ? (byte & mask) != 0 : byte;
	return 0;
}

static int list_devices(uint8_t *list)
{
	memcpy(list, state->devices, state->device_count * DEVICE_BYTES);
	return (int)state->device_count;
}

/* Name in; address, bit and length behind it out. The caller's structure ends with the length. */
static int find_variable(struct variable *wanted)
{
	for (uint32_t i = 0; i < state->variable_count && i < MAX_VARIABLES; i++) {
		if (strncmp(state->variables[i].name, wanted->name, NAME_BYTES)) continue;
		wanted->address = state->variables[i].address;
		wanted->bit = state->variables[i].bit;
		wanted->length = state->variables[i].length;
		return 0;
	}
	wanted->address = wanted->length = NOWHERE;
	wanted->bit = NO_BIT;
	return refuse(EFAULT);
}

/* The handle that asked is not told of its own reset. */
static int reset(int fd)
{
	uint32_t before = __atomic_load_n(&state->resets, __ATOMIC_ACQUIRE);
	__atomic_store_n(&state->reset_wanted, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&state->resets, __ATOMIC_ACQUIRE) == before || is_down())
		usleep(POLL_US);
	handles[fd].seen_resets = state->resets;
	return 0;
}

static int wait_for_event(int fd, int32_t *event)
{
	while (__atomic_load_n(&state->resets, __ATOMIC_ACQUIRE) == handles[fd].seen_resets)
		usleep(POLL_US);
	handles[fd].seen_resets = state->resets;
	*event = 1;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	REAL(ioctl);
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	if (!is_ours(fd)) return real_ioctl(fd, request, argument);
	if (request == KB_RESET) return reset(fd);
	if (is_down()) return refuse(EAGAIN);
	switch (request) {
	case KB_GET_DEVICE_INFO_LIST:
		return list_devices(argument);
	case KB_FIND_VARIABLE:
		return find_variable(argument);
	case KB_GET_VALUE:
	case KB_SET_VALUE:
		return get_or_set(fd, argument, request == KB_SET_VALUE);
	case KB_SET_OUTPUT_WATCHDOG: {
		unsigned long period_ms;
		memcpy(&period_ms, argument, sizeof period_ms);
		return arm(fd, period_ms);
	}
	case KB_WAIT_FOR_EVENT:
		return wait_for_event(fd, argument);
	default:
		return refuse(ENOTTY);
	}
}

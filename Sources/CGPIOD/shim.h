#ifndef LINLI_CGPIOD_SHIM_H
#define LINLI_CGPIOD_SHIM_H

// One face for both generations of libgpiod: 1.6 (Debian 12) and 2.x (Debian 13), told apart by a
// constant that only the first has. A line is claimed alone, with both edges where it is an input.
// Functions return 0, or -1 and errno, unless they say otherwise.

#include <errno.h>
#include <gpiod.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/// What a line is claimed as.
struct linli_gpio_settings {
    int is_output;
    int is_active_low;
    int bias;         // 0 as it is, 1 disabled, 2 pull-up, 3 pull-down
    int drive;        // 0 push-pull, 1 open-drain, 2 open-source
    int initial;      // for an output: 1 active, 0 inactive
    uint64_t debounce_microseconds;  // for an input; used where linli_gpio_debounces()
};

struct linli_gpio_edge {
    int is_active;
    int64_t nanoseconds;  // of CLOCK_MONOTONIC, taken by the kernel
};

/// A claimed line; what it is differs from one generation to the other.
typedef struct linli_gpio_line linli_gpio_line;

#ifdef GPIOD_LINE_BULK_MAX_LINES

static inline struct gpiod_line *linli_gpio_own(linli_gpio_line *line) { return (struct gpiod_line *)line; }

/// Whether the kernel debounces inputs for this library.
static inline int linli_gpio_debounces(void) { return 0; }

static inline const char *linli_gpio_chip_name(struct gpiod_chip *chip) { return gpiod_chip_name(chip); }
static inline const char *linli_gpio_chip_label(struct gpiod_chip *chip) { return gpiod_chip_label(chip); }
static inline int linli_gpio_chip_lines(struct gpiod_chip *chip) { return (int)gpiod_chip_num_lines(chip); }

/// Writes who uses a line, an empty text where nobody does.
static inline int linli_gpio_user(struct gpiod_chip *chip, unsigned offset, char *user, size_t size) {
    struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
    if (!line) return -1;
    const char *name = gpiod_line_consumer(line);
    user[0] = 0;
    if (gpiod_line_is_used(line)) strncat(user, name ? name : "the kernel", size - 1);
    return 0;
}

/// NULL and errno where the line cannot be had.
static inline linli_gpio_line *linli_gpio_claim(
    struct gpiod_chip *chip, unsigned offset, const struct linli_gpio_settings *settings, const char *consumer) {
    struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
    if (!line) return NULL;
    static const int biases[] = {
        0, GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN};
    static const int drives[] = {0, GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN, GPIOD_LINE_REQUEST_FLAG_OPEN_SOURCE};
    struct gpiod_line_request_config config = {
        .consumer = consumer,
        .request_type = settings->is_output ? GPIOD_LINE_REQUEST_DIRECTION_OUTPUT : GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES,
        .flags = biases[settings->bias & 3] | (settings->is_active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0)
            | (settings->is_output && settings->drive <= 2 ? drives[settings->drive] : 0),
    };
    return gpiod_line_request(line, &config, settings->initial) < 0 ? NULL : (linli_gpio_line *)line;
}

static inline void linli_gpio_release(linli_gpio_line *line) { gpiod_line_release(linli_gpio_own(line)); }
static inline int linli_gpio_set(linli_gpio_line *line, int is_active) { return gpiod_line_set_value(linli_gpio_own(line), is_active); }
/// 1 active, 0 inactive, -1 and errno.
static inline int linli_gpio_get(linli_gpio_line *line) { return gpiod_line_get_value(linli_gpio_own(line)); }
/// Readable when an edge waits; only of an input.
static inline int linli_gpio_descriptor(linli_gpio_line *line) { return gpiod_line_event_get_fd(linli_gpio_own(line)); }

/// Takes the oldest edge. Blocks where none waits.
static inline int linli_gpio_take_edge(linli_gpio_line *line, struct linli_gpio_edge *edge) {
    struct gpiod_line_event event;
    if (gpiod_line_event_read(linli_gpio_own(line), &event) < 0) return -1;
    edge->is_active = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
    edge->nanoseconds = (int64_t)event.ts.tv_sec * 1000000000 + event.ts.tv_nsec;
    return 0;
}

#else

struct linli_gpio_claim {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *buffer;
    unsigned offset;
};

static inline struct linli_gpio_claim *linli_gpio_own(linli_gpio_line *line) { return (struct linli_gpio_claim *)line; }

static inline int linli_gpio_debounces(void) { return 1; }

struct linli_gpio_chip_texts {
    char name[64], label[64];
    int lines;
};

static inline struct linli_gpio_chip_texts *linli_gpio_texts(struct gpiod_chip *chip) {
    static __thread struct linli_gpio_chip_texts texts;
    memset(&texts, 0, sizeof texts);
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    if (!info) return &texts;
    strncat(texts.name, gpiod_chip_info_get_name(info), sizeof texts.name - 1);
    strncat(texts.label, gpiod_chip_info_get_label(info), sizeof texts.label - 1);
    texts.lines = (int)gpiod_chip_info_get_num_lines(info);
    gpiod_chip_info_free(info);
    return &texts;
}

static inline const char *linli_gpio_chip_name(struct gpiod_chip *chip) { return linli_gpio_texts(chip)->name; }
static inline const char *linli_gpio_chip_label(struct gpiod_chip *chip) { return linli_gpio_texts(chip)->label; }
static inline int linli_gpio_chip_lines(struct gpiod_chip *chip) { return linli_gpio_texts(chip)->lines; }

static inline int linli_gpio_user(struct gpiod_chip *chip, unsigned offset, char *user, size_t size) {
    struct gpiod_line_info *info = gpiod_chip_get_line_info(chip, offset);
    if (!info) return -1;
    const char *name = gpiod_line_info_get_consumer(info);
    user[0] = 0;
    if (gpiod_line_info_is_used(info)) strncat(user, name ? name : "the kernel", size - 1);
    gpiod_line_info_free(info);
    return 0;
}

static inline void linli_gpio_release(linli_gpio_line *line) {
    struct linli_gpio_claim *claim = linli_gpio_own(line);
    if (claim->request) gpiod_line_request_release(claim->request);
    if (claim->buffer) gpiod_edge_event_buffer_free(claim->buffer);
    free(claim);
}

static inline linli_gpio_line *linli_gpio_claim(
    struct gpiod_chip *chip, unsigned offset, const struct linli_gpio_settings *settings, const char *consumer) {
    static const enum gpiod_line_bias biases[] = {
        GPIOD_LINE_BIAS_AS_IS, GPIOD_LINE_BIAS_DISABLED, GPIOD_LINE_BIAS_PULL_UP, GPIOD_LINE_BIAS_PULL_DOWN};
    static const enum gpiod_line_drive drives[] = {
        GPIOD_LINE_DRIVE_PUSH_PULL, GPIOD_LINE_DRIVE_OPEN_DRAIN, GPIOD_LINE_DRIVE_OPEN_SOURCE};
    struct gpiod_line_settings *wanted = gpiod_line_settings_new();
    struct gpiod_line_config *lines = gpiod_line_config_new();
    struct gpiod_request_config *request = gpiod_request_config_new();
    struct linli_gpio_claim *line = calloc(1, sizeof *line);
    int is_done = 0;
    if (wanted && lines && request && line) {
        line->offset = offset;
        gpiod_request_config_set_consumer(request, consumer);
        gpiod_line_settings_set_active_low(wanted, settings->is_active_low);
        gpiod_line_settings_set_bias(wanted, biases[settings->bias & 3]);
        if (settings->is_output) {
            gpiod_line_settings_set_direction(wanted, GPIOD_LINE_DIRECTION_OUTPUT);
            gpiod_line_settings_set_drive(wanted, drives[settings->drive <= 2 ? settings->drive : 0]);
            gpiod_line_settings_set_output_value(
                wanted, settings->initial ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
        } else {
            gpiod_line_settings_set_direction(wanted, GPIOD_LINE_DIRECTION_INPUT);
            gpiod_line_settings_set_edge_detection(wanted, GPIOD_LINE_EDGE_BOTH);
            gpiod_line_settings_set_debounce_period_us(wanted, settings->debounce_microseconds);
            line->buffer = gpiod_edge_event_buffer_new(1);
        }
        if (gpiod_line_config_add_line_settings(lines, &offset, 1, wanted) == 0) {
            line->request = gpiod_chip_request_lines(chip, request, lines);
            is_done = line->request && (settings->is_output || line->buffer);
        }
    }
    int reason = errno;
    gpiod_request_config_free(request);
    gpiod_line_config_free(lines);
    gpiod_line_settings_free(wanted);
    if (is_done) return (linli_gpio_line *)line;
    if (line) linli_gpio_release((linli_gpio_line *)line);
    errno = reason;
    return NULL;
}

static inline int linli_gpio_set(linli_gpio_line *line, int is_active) {
    return gpiod_line_request_set_value(
        linli_gpio_own(line)->request, linli_gpio_own(line)->offset, is_active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
}
static inline int linli_gpio_get(linli_gpio_line *line) { return (int)gpiod_line_request_get_value(linli_gpio_own(line)->request, linli_gpio_own(line)->offset); }
static inline int linli_gpio_descriptor(linli_gpio_line *line) { return gpiod_line_request_get_fd(linli_gpio_own(line)->request); }

static inline int linli_gpio_take_edge(linli_gpio_line *line, struct linli_gpio_edge *edge) {
    if (gpiod_line_request_read_edge_events(linli_gpio_own(line)->request, linli_gpio_own(line)->buffer, 1) != 1) return -1;
    struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(linli_gpio_own(line)->buffer, 0);
    edge->is_active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
    edge->nanoseconds = (int64_t)gpiod_edge_event_get_timestamp_ns(event);
    return 0;
}

#endif

#endif

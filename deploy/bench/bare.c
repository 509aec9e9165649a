// The bare C loops that the benchmarks compare with: libmodbus, SQLite and libmosquitto, and
// nothing else. No reconnecting, no profiles, no keys, no compression, no backlog.
//
//   bare tcp PORT BROKER_PORT DATABASE UNITS WARM SECONDS PERIOD_MS
//   bare set TTY UNIT          registers 0 to 19 become 1000 to 1019
//   bare late TTY UNIT READS   single registers with a time-out of 300 ms
#include <errno.h>
#include <modbus.h>
#include <mosquitto.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *what) {
    fprintf(stderr, "bare: %s\n", what);
    exit(1);
}

static atomic_long acknowledged;
static void on_publish(struct mosquitto *client, void *object, int identifier) {
    (void)client, (void)object, (void)identifier;
    atomic_fetch_add(&acknowledged, 1);
}

static int tcp(char **arguments) {
    int port = atoi(arguments[0]), broker = atoi(arguments[1]), units = atoi(arguments[3]);
    double warm = atof(arguments[4]), seconds = atof(arguments[5]);
    double period = atof(arguments[6]) / 1e3;
    modbus_t *bus = modbus_new_tcp("127.0.0.1", port);
    if (!bus || modbus_connect(bus) != 0) fail("no Modbus server");
    modbus_set_response_timeout(bus, 1, 0);

    sqlite3 *database;
    sqlite3_stmt *insert;
    if (sqlite3_open(arguments[2], &database) != SQLITE_OK) fail("no database");
    sqlite3_exec(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE reading(time INTEGER, unit INTEGER, registers BLOB)", 0, 0, 0);
    sqlite3_prepare_v2(database, "INSERT INTO reading VALUES(?,?,?)", -1, &insert, 0);

    mosquitto_lib_init();
    struct mosquitto *client = mosquitto_new("bare", true, 0);
    mosquitto_publish_callback_set(client, on_publish);
    mosquitto_max_inflight_messages_set(client, 0);
    if (mosquitto_connect(client, "127.0.0.1", broker, 30) != 0) fail("no broker");
    mosquitto_loop_start(client);

    double begin = now(), measured = 0, start_cpu = 0, commit = begin + 1;
    long answers = 0, failures = 0, commits = 0, start_acknowledged = 0;
    int in_transaction = 0;
    for (double next = begin;; next += period) {
        double time = now();
        if (!measured && time - begin >= warm) {
            measured = time, start_cpu = cpu(), answers = commits = failures = 0;
            start_acknowledged = acknowledged;
        }
        if (measured && time - measured >= seconds) break;
        for (int unit = 1; unit <= units; unit++) {
            uint16_t registers[40];
            modbus_set_slave(bus, unit);
            if (modbus_read_input_registers(bus, 0, 40, registers) != 40) {
                failures++;
                continue;
            }
            answers++;
            struct timespec wall;
            clock_gettime(CLOCK_REALTIME, &wall);
            if (!in_transaction) {
                sqlite3_exec(database, "BEGIN", 0, 0, 0);
                in_transaction = 1;
            }
            sqlite3_bind_int64(insert, 1, wall.tv_sec * 1000 + wall.tv_nsec / 1000000);
            sqlite3_bind_int(insert, 2, unit);
            sqlite3_bind_blob(insert, 3, registers, sizeof registers, SQLITE_STATIC);
            if (sqlite3_step(insert) != SQLITE_DONE) fail("not stored");
            sqlite3_reset(insert);
            char topic[32];
            snprintf(topic, sizeof topic, "bare/%d", unit);
            mosquitto_publish(client, 0, topic, sizeof registers, registers, 1, false);
        }
        if (in_transaction && (period >= 1 || now() >= commit)) {
            sqlite3_exec(database, "COMMIT", 0, 0, 0);
            in_transaction = 0, commits++, commit = now() + 1;
        }
        while (period > 0 && now() < next + period) {
            double left = next + period - now();
            struct timespec pause = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
            if (left > 0) nanosleep(&pause, 0);
        }
    }
    double end_cpu = cpu(), end = now();
    printf("{\"seconds\": %f, \"cpu\": %f, \"answers\": %ld, \"failures\": %ld, \"commits\": %ld, "
        "\"acknowledged\": %ld}\n", end - measured, end_cpu - start_cpu, answers, failures,
        commits, acknowledged - start_acknowledged);
    return 0;
}

static modbus_t *serial(char **arguments) {
    modbus_t *bus = modbus_new_rtu(arguments[0], 9600, 'N', 8, 1);
    if (!bus) fail("no terminal");
    modbus_set_slave(bus, atoi(arguments[1]));
    if (modbus_connect(bus) != 0) fail("the terminal cannot be opened");
    return bus;
}

static int set(char **arguments) {
    modbus_t *bus = serial(arguments);
    modbus_set_response_timeout(bus, 1, 0);
    for (int address = 0; address < 20; address++) {
        uint16_t value = 0;
        if (modbus_write_register(bus, address, 1000 + address) != 1 ||
            modbus_read_registers(bus, address, 1, &value) != 1 || value != 1000 + address) {
            fprintf(stderr, "bare: register %d: %s, %d\n", address, modbus_strerror(errno), value);
            return 1;
        }
    }
    return 0;
}

static int late(char **arguments) {
    modbus_t *bus = serial(arguments);
    modbus_set_response_timeout(bus, 0, 300000);
    int reads = atoi(arguments[2]), right = 0, wrong = 0, timeouts = 0, others = 0;
    for (int i = 0; i < reads; i++) {
        int address = i % 20;
        uint16_t value = 0;
        if (modbus_read_registers(bus, address, 1, &value) != 1) {
            if (errno == ETIMEDOUT) timeouts++; else others++;
        } else if (value == 1000 + address) {
            right++;
        } else {
            wrong++;
        }
    }
    printf("{\"right\": %d, \"wrong\": %d, \"timeouts\": %d, \"others\": %d}\n", right, wrong,
        timeouts, others);
    return 0;
}

int main(int count, char **arguments) {
    if (count == 9 && !strcmp(arguments[1], "tcp")) return tcp(arguments + 2);
    if (count == 4 && !strcmp(arguments[1], "set")) return set(arguments + 2);
    if (count == 5 && !strcmp(arguments[1], "late")) return late(arguments + 2);
    fail("see the head of bare.c");
}

/* The rows of the benchmark on libomemo-c. A line `DIALECT ROW COUNT` on standard input, the dialect being `legacy` or
 * `omemo2`, is answered with a line of JSON:
 *
 *     {"row":"encrypt","ns":9876.5,"record":1234}
 *
 * CPU nanoseconds for each operation, and the size of the session record of the one who begins. Everything is checked: a message that
 * does not come out as it went in ends the program. */

#define _POSIX_C_SOURCE 200809L

#include "device.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* What goes through the ratchet in OMEMO: key and tag of the payload. */
#define MATERIAL 32

/* Two people in one dialect. */
struct pair {
    struct device *ana, *bob;
    struct bundle bobs_bundle;
};

static struct device *ana, *bob;
static const struct bundle *bobs_bundle;
static const uint8_t material[MATERIAL] = {1, 2, 3};

/* CPU time, not the clock's: other programs on the machine do not count. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static signal_buffer *seal(struct device *from, int expect_prekey)
{
    signal_buffer *message = NULL;
    int is_prekey = 0;
    must(device_encrypt(from, material, MATERIAL, &message, &is_prekey) == 0, "encrypting");
    must(is_prekey == expect_prekey, "the kind of message");
    return message;
}

/* Opens and frees. */
static void unseal(struct device *to, int is_prekey, signal_buffer *message)
{
    signal_buffer *plaintext = NULL;
    must(device_decrypt(to, is_prekey, signal_buffer_data(message), signal_buffer_len(message), &plaintext) == 0,
         "decrypting");
    must(signal_buffer_len(plaintext) == MATERIAL && memcmp(signal_buffer_data(plaintext), material, MATERIAL) == 0,
         "what was decrypted");
    signal_buffer_bzero_free(plaintext);
    signal_buffer_free(message);
}

static void begin(uint32_t prekey)
{
    device_forget(ana);
    must(device_begin(ana, bobs_bundle, prekey) == 0, "beginning a session");
}

/* A session that has been in use: as many receiving chains as both libraries keep. */
static void become_acquainted(void)
{
    device_forget(bob);
    begin(1);
    unseal(bob, 1, seal(ana, 1));
    for (int i = 0; i < 10; i++) {
        unseal(ana, 0, seal(bob, 0));
        unseal(bob, 0, seal(ana, 0));
    }
}

static double encrypt(int count)
{
    double begun = now();
    for (int i = 0; i < count; i++)
        signal_buffer_free(seal(ana, 0));
    return now() - begun;
}

static double decrypt(int count)
{
    signal_buffer **messages = calloc((size_t)count, sizeof *messages);
    must(messages != NULL, "making room");
    for (int i = 0; i < count; i++)
        messages[i] = seal(ana, 0);
    double begun = now();
    for (int i = 0; i < count; i++)
        unseal(bob, 0, messages[i]);
    double took = now() - begun;
    free(messages);
    return took;
}

/* Decryption while the keys of 1000 messages that never arrived are kept. */
static double skipped(int count)
{
    for (int i = 0; i < 1000; i++)
        signal_buffer_free(seal(ana, 0));
    unseal(bob, 0, seal(ana, 0));
    return decrypt(count);
}

/* Every message is an answer, so each has a ratchet step on either side. */
static double step(int count)
{
    double begun = now();
    for (int i = 0; i < count; i++) {
        struct device *from = i % 2 == 0 ? bob : ana, *to = i % 2 == 0 ? ana : bob;
        unseal(to, 0, seal(from, 0));
    }
    return now() - begun;
}

/* From the bundle as published to the first message. A client decodes the one prekey that it picks. */
static double initiate(int count)
{
    double begun = now();
    for (int i = 0; i < count; i++) {
        begin((uint32_t)(i % PREKEYS) + 1);
        signal_buffer_free(seal(ana, 1));
    }
    return now() - begun;
}

/* The responder's side of that. */
static double accept(int count)
{
    double took = 0;
    for (int i = 0; i < count; i++) {
        begin((uint32_t)(i % PREKEYS) + 1);
        signal_buffer *message = seal(ana, 1);
        device_forget(bob);
        double begun = now();
        unseal(bob, 1, message);
        took += now() - begun;
    }
    return took;
}

int main(void)
{
    static const struct {
        const char *name;
        double (*run)(int count);
    } rows[] = {{"encrypt", encrypt}, {"decrypt", decrypt},   {"skipped", skipped},
                {"step", step},       {"initiate", initiate}, {"accept", accept}};
    static struct pair pairs[2];
    char dialect[16], name[16];
    int count;
    start();
    for (int i = 0; i < 2; i++) {
        enum version version = i == 0 ? LEGACY : OMEMO2;
        pairs[i].ana = device_new(version, 1, 2);
        pairs[i].bob = device_new(version, 2, 1);
        pairs[i].bob->keeps_prekeys = 1;
        device_bundle(pairs[i].bob, &pairs[i].bobs_bundle);
    }
    while (scanf("%15s %15s %d", dialect, name, &count) == 3) {
        const struct pair *pair = &pairs[strcmp(dialect, "omemo2") == 0];
        size_t row = 0;
        ana = pair->ana;
        bob = pair->bob;
        bobs_bundle = &pair->bobs_bundle;
        must(count > 0 && count <= 1000000, "reading the count");
        while (row < sizeof rows / sizeof *rows && strcmp(rows[row].name, name) != 0)
            row++;
        must(row < sizeof rows / sizeof *rows, name);
        become_acquainted();
        double took = rows[row].run(count);
        printf("{\"row\":\"%s\",\"ns\":%.1f,\"record\":%zu}\n", name, took / count,
               signal_buffer_len(ana->session));
        fflush(stdout);
    }
    return 0;
}

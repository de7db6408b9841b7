/* The device as a program for tests: one command a line on standard input, one answer a line on standard output.
 *
 *     random FIRST SECOND                                ok
 *     init DIALECT ID PEER IDENTITY SIGNED_PREKEY PREKEY,…   ok
 *     bundle                                             ok IDENTITY SIGNED_PREKEY SIGNATURE ID:PREKEY,…
 *     begin DEVICE IDENTITY SIGNED_PREKEY SIGNATURE ID PREKEY   ok
 *     encrypt DATA                                       ok prekey|message DATA
 *     decrypt prekey|message DATA                        ok DATA
 *     probe prekey|message DATA                          ok DATA
 *     save                                               ok DIALECT ID PEER IDENTITY SECRET SIGNED_PREKEY SESSION TRUSTED ID:PREKEY,…
 *     restore (what save said after ok)                  ok
 *
 * The dialect is `legacy` or `omemo2`; `init` is given secret keys. What the next command draws in place of randomness is
 * given beforehand by `random`. `probe` decrypts and forgets that it did.
 *
 * Bytes are hex, `-` for none. What the library refuses is answered with `no CODE`. Any command that is not understood ends the
 * program with an error, and so does the end of the input without one. */

#include "device.h"

#include <stdio.h>
#include <string.h>

static struct device *device;

static int digit(char c)
{
    must((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'), "reading hex");
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static signal_buffer *unhex(const char *text)
{
    must(text != NULL, "reading hex");
    if (strcmp(text, "-") == 0)
        return NULL;
    must(strlen(text) % 2 == 0, "reading hex");
    size_t length = strlen(text) / 2;
    signal_buffer *bytes = signal_buffer_alloc(length);
    must(bytes != NULL, "making room");
    for (size_t i = 0; i < length; i++)
        signal_buffer_data(bytes)[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return bytes;
}

static void put(const signal_buffer *bytes)
{
    if (bytes == NULL) {
        printf("-");
        return;
    }
    for (size_t i = 0; i < signal_buffer_len(bytes); i++) {
        uint8_t byte = signal_buffer_const_data(bytes)[i];
        putchar("0123456789abcdef"[byte >> 4]);
        putchar("0123456789abcdef"[byte & 15]);
    }
}

static char *word(void)
{
    return strtok(NULL, " \n");
}

static uint32_t number(void)
{
    char *text = word();
    must(text != NULL, "reading a number");
    return (uint32_t)strtoul(text, NULL, 10);
}

static enum version version_word(void)
{
    char *text = word();
    must(text != NULL && (strcmp(text, "legacy") == 0 || strcmp(text, "omemo2") == 0), "reading a dialect");
    return strcmp(text, "omemo2") == 0 ? OMEMO2 : LEGACY;
}

static int is_prekey_word(void)
{
    char *text = word();
    must(text != NULL, "reading a kind");
    return strcmp(text, "prekey") == 0;
}

static void answer(int result)
{
    if (result < 0)
        printf("no %d", result);
    else
        printf("ok");
}

static void say_bundle(void)
{
    struct bundle bundle;
    const char *between = "";
    device_bundle(device, &bundle);
    printf("ok ");
    put(bundle.identity);
    printf(" ");
    put(bundle.signed_prekey);
    printf(" ");
    put(bundle.signature);
    printf(" ");
    for (uint32_t id = 1; id <= PREKEYS; id++) {
        if (bundle.prekeys[id] == NULL)
            continue;
        printf("%s%u:", between, id);
        put(bundle.prekeys[id]);
        between = ",";
    }
    bundle_free(&bundle);
}

/* All that a store would hold. */
static void save(void)
{
    const char *between = "";
    printf("ok %s %u %d ", device->version == OMEMO2 ? "omemo2" : "legacy", device->id, (int)device->peer.device_id);
    put(device->identity_public);
    printf(" ");
    put(device->identity_private);
    printf(" ");
    put(device->signed_prekey);
    printf(" ");
    put(device->session);
    printf(" ");
    put(device->trusted);
    printf(" ");
    for (uint32_t id = 1; id <= PREKEYS; id++) {
        if (device->prekeys[id] == NULL)
            continue;
        printf("%s%u:", between, id);
        put(device->prekeys[id]);
        between = ",";
    }
}

static void set_script(void)
{
    script.is_set = 1;
    script.drawn = 0;
    for (int i = 0; i < 2; i++) {
        signal_buffer *draw = unhex(word());
        must(draw != NULL && signal_buffer_len(draw) == sizeof script.draws[i], "reading what to draw");
        memcpy(script.draws[i], signal_buffer_data(draw), sizeof script.draws[i]);
        signal_buffer_free(draw);
    }
    answer(0);
}

static void init(void)
{
    enum version version = version_word();
    uint32_t id = number();
    device = device_empty(version, id, number());
    signal_buffer *identity = unhex(word()), *signed_prekey = unhex(word()), *prekeys[PREKEYS];
    size_t count = 0;
    for (char *key = strtok(NULL, ",\n"); key != NULL; key = strtok(NULL, ",\n")) {
        must(count < PREKEYS, "taking so many prekeys");
        prekeys[count++] = unhex(key);
    }
    device_set_keys(device, identity, signed_prekey, prekeys, count);
    signal_buffer_free(identity);
    signal_buffer_free(signed_prekey);
    for (size_t i = 0; i < count; i++)
        signal_buffer_free(prekeys[i]);
    answer(0);
}

static void restore(void)
{
    enum version version = version_word();
    uint32_t id = number();
    device = device_empty(version, id, number());
    device->identity_public = unhex(word());
    device->identity_private = unhex(word());
    device->signed_prekey = unhex(word());
    device->session = unhex(word());
    device->trusted = unhex(word());
    for (char *entry = strtok(NULL, ",\n"); entry != NULL; entry = strtok(NULL, ",\n")) {
        char *key;
        unsigned long prekey = strtoul(entry, &key, 10);
        must(prekey >= 1 && prekey <= PREKEYS && *key == ':', "reading a prekey");
        device->prekeys[prekey] = unhex(key + 1);
    }
    answer(0);
}

static void begin(void)
{
    struct bundle bundle = {0};
    bundle.device = number();
    bundle.identity = unhex(word());
    bundle.signed_prekey = unhex(word());
    bundle.signature = unhex(word());
    uint32_t prekey = number();
    must(prekey >= 1 && prekey <= PREKEYS, "reading the id of a prekey");
    bundle.prekeys[prekey] = unhex(word());
    answer(device_begin(device, &bundle, prekey));
    bundle_free(&bundle);
}

static void encrypt(void)
{
    signal_buffer *data = unhex(word()), *message = NULL;
    int is_prekey = 0;
    int result = device_encrypt(device, signal_buffer_data(data), signal_buffer_len(data), &message, &is_prekey);
    answer(result);
    if (result >= 0) {
        printf(is_prekey ? " prekey " : " message ");
        put(message);
    }
    signal_buffer_free(message);
    signal_buffer_free(data);
}

static void decrypt(int (*how)(struct device *, int, const uint8_t *, size_t, signal_buffer **))
{
    int is_prekey = is_prekey_word();
    signal_buffer *data = unhex(word()), *plaintext = NULL;
    if (data == NULL)
        data = signal_buffer_alloc(0);
    int result = how(device, is_prekey, signal_buffer_data(data), signal_buffer_len(data), &plaintext);
    answer(result);
    if (result >= 0) {
        printf(" ");
        put(plaintext);
    }
    signal_buffer_free(plaintext);
    signal_buffer_free(data);
}

static void obey(const char *command)
{
    if (strcmp(command, "init") == 0) {
        init();
        return;
    }
    if (strcmp(command, "random") == 0) {
        set_script();
        return;
    }
    if (strcmp(command, "restore") == 0) {
        restore();
        return;
    }
    must(device != NULL, "a command before init");
    if (strcmp(command, "bundle") == 0) {
        say_bundle();
    } else if (strcmp(command, "begin") == 0) {
        begin();
    } else if (strcmp(command, "encrypt") == 0) {
        encrypt();
    } else if (strcmp(command, "decrypt") == 0) {
        decrypt(device_decrypt);
    } else if (strcmp(command, "probe") == 0) {
        decrypt(device_probe);
    } else if (strcmp(command, "save") == 0) {
        save();
    } else {
        must(0, command);
    }
}

int main(void)
{
    static char line[1 << 20];
    start();
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *command = strtok(line, " \n");
        must(command != NULL, "reading a command");
        obey(command);
        printf("\n");
        must(fflush(stdout) == 0, "answering");
    }
    return 0;
}

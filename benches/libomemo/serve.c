/* The device as a program for tests: one command a line on standard input, one answer a line on standard output.
 *
 *     init ID PEER                                       ok
 *     bundle                                             ok IDENTITY SIGNED_PREKEY SIGNATURE ID:PREKEY,…
 *     begin DEVICE IDENTITY SIGNED_PREKEY SIGNATURE ID PREKEY   ok
 *     encrypt DATA                                       ok prekey|message DATA
 *     decrypt prekey|message DATA                        ok DATA
 *     save                                               ok RECORD
 *     restore RECORD                                     ok
 *     forget                                             ok
 *
 * Bytes are hex. What the library refuses is answered with `no CODE`. Any command that is not understood ends the
 * program with an error, and so does the end of the input without one. */

#include "device.h"

#include <stdio.h>
#include <string.h>

static struct device *device;

static signal_buffer *unhex(const char *text)
{
    must(text != NULL && strlen(text) % 2 == 0, "reading hex");
    size_t length = strlen(text) / 2;
    signal_buffer *bytes = signal_buffer_alloc(length);
    must(bytes != NULL, "making room");
    for (size_t i = 0; i < length; i++) {
        unsigned int byte;
        must(sscanf(text + 2 * i, "%2x", &byte) == 1, "reading hex");
        signal_buffer_data(bytes)[i] = (uint8_t)byte;
    }
    return bytes;
}

static void put(const signal_buffer *bytes)
{
    for (size_t i = 0; i < signal_buffer_len(bytes); i++)
        printf("%02x", signal_buffer_const_data(bytes)[i]);
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

static void decrypt(void)
{
    int is_prekey = is_prekey_word();
    signal_buffer *data = unhex(word()), *plaintext = NULL;
    int result = device_decrypt(device, is_prekey, signal_buffer_data(data), signal_buffer_len(data), &plaintext);
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
        uint32_t id = number();
        device = device_new(id, number());
        answer(0);
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
        decrypt();
    } else if (strcmp(command, "save") == 0) {
        answer(device->session == NULL ? SG_ERR_NO_SESSION : 0);
        if (device->session != NULL) {
            printf(" ");
            put(device->session);
        }
    } else if (strcmp(command, "restore") == 0) {
        signal_buffer_free(device->session);
        device->session = unhex(word());
        answer(0);
    } else if (strcmp(command, "forget") == 0) {
        device_forget(device);
        answer(0);
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

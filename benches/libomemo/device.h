/* A device on libomemo-c with everything in memory, in the legacy dialect. Shared by the benchmark and by the tests that
 * talk to it over standard input and output. */

#ifndef DEVICE_H
#define DEVICE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <omemo/key_helper.h>
#include <omemo/protocol.h>
#include <omemo/session_builder.h>
#include <omemo/session_cipher.h>
#include <omemo/signal_protocol.h>

#define PREKEYS 100
#define SIGNED_PREKEY_ID 1

/* One device that talks to one other. All keys and the session record are kept as the bytes that a store would hold;
 * the library loads and stores them through the callbacks in device.c. */
struct device {
    signal_protocol_store_context *store;
    signal_protocol_address peer;
    uint32_t id;
    signal_buffer *identity_public, *identity_private, *signed_prekey;
    signal_buffer *prekeys[PREKEYS + 1]; /* by id, from 1; spent ones are NULL */
    signal_buffer *session;              /* NULL: there is none */
    signal_buffer *trusted;              /* the peer's identity key, NULL until it is known */
    int keeps_prekeys;                   /* a benchmark accepts with the same prekey again and again */
};

/* A bundle as published: encoded keys. */
struct bundle {
    uint32_t device;
    signal_buffer *identity, *signed_prekey, *signature;
    signal_buffer *prekeys[PREKEYS + 1];
};

extern const signal_crypto_provider provider;
extern signal_context *context;

/* Ends the program with a message if `condition` does not hold. */
void must(int condition, const char *what);

/* Makes the library's context; once. */
void start(void);

/* A device without keys; its fields are to be filled in. */
struct device *device_empty(uint32_t id, uint32_t peer);

/* A device with new keys. */
struct device *device_new(uint32_t id, uint32_t peer);

/* A copy of what the device publishes. */
void device_bundle(const struct device *device, struct bundle *bundle);
void bundle_free(struct bundle *bundle);

/* Decodes all keys of the bundle and begins a session with prekey `prekey`; the library's error code. */
int device_begin(struct device *device, const struct bundle *bundle, uint32_t prekey);

/* Encrypts; sets `*is_prekey` if the message is a key exchange. */
int device_encrypt(struct device *device, const uint8_t *data, size_t length, signal_buffer **message, int *is_prekey);

/* Decrypts a ratchet message, or a key exchange if `is_prekey`. */
int device_decrypt(struct device *device, int is_prekey, const uint8_t *data, size_t length, signal_buffer **plaintext);

void device_forget(struct device *device);

#endif

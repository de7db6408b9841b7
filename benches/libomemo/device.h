/* A device on libomemo-c with everything in memory, in either dialect. Shared by the benchmark and by the tests that talk
 * to it over standard input and output. */

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

/* The library's name for a dialect: the version of its sessions. */
enum version { LEGACY = 3, OMEMO2 = 4 };

/* One device that talks to one other. All keys and the session record are kept as the bytes that a store would hold;
 * the library loads and stores them through the callbacks in device.c. */
struct device {
    signal_protocol_store_context *store;
    signal_protocol_address peer;
    enum version version;
    uint32_t id;
    signal_buffer *identity_public, *identity_private, *signed_prekey;
    signal_buffer *prekeys[PREKEYS + 1]; /* by id, from 1; spent ones are NULL */
    signal_buffer *session;              /* NULL: there is none */
    signal_buffer *trusted;              /* the peer's identity key, NULL until it is known */
    int keeps_prekeys;                   /* a benchmark accepts with the same prekey again and again */
};

/* A bundle as published: keys as the dialect encodes them. */
struct bundle {
    uint32_t device;
    signal_buffer *identity, *signed_prekey, *signature;
    signal_buffer *prekeys[PREKEYS + 1];
};

/* What is drawn in place of randomness: of 32 bytes the first draw is the first half, any later one the second; a draw of
 * 64 bytes is both. The random source is the system's while this is not set. */
struct script {
    int is_set, drawn;
    uint8_t draws[2][32];
};

extern struct script script;
extern const signal_crypto_provider provider;
extern signal_context *context;

/* Ends the program with a message if `condition` does not hold. */
void must(int condition, const char *what);

/* Makes the library's context; once. */
void start(void);

/* A device without keys; its fields are to be filled in. */
struct device *device_empty(enum version version, uint32_t id, uint32_t peer);

/* Sets the secret keys; the prekeys have the ids from 1. The signed prekey is signed for the device's dialect. */
void device_set_keys(struct device *device, const signal_buffer *identity, const signal_buffer *signed_prekey,
                     signal_buffer *const *prekeys, size_t count);

/* A device with new keys. */
struct device *device_new(enum version version, uint32_t id, uint32_t peer);

/* A copy of what the device publishes. */
void device_bundle(const struct device *device, struct bundle *bundle);
void bundle_free(struct bundle *bundle);

/* Decodes all keys of the bundle and begins a session with prekey `prekey`; the library's error code. */
int device_begin(struct device *device, const struct bundle *bundle, uint32_t prekey);

/* Encrypts; sets `*is_prekey` if the message is a key exchange. */
int device_encrypt(struct device *device, const uint8_t *data, size_t length, signal_buffer **message, int *is_prekey);

/* Decrypts a ratchet message, or a key exchange if `is_prekey`. After a failure the device is as it was: the library has the
 * identity key of a key exchange saved before it knows whether the message is genuine, so that is taken back. */
int device_decrypt(struct device *device, int is_prekey, const uint8_t *data, size_t length, signal_buffer **plaintext);

/* As device_decrypt, but nothing changes even if it succeeds. */
int device_probe(struct device *device, int is_prekey, const uint8_t *data, size_t length, signal_buffer **plaintext);

void device_forget(struct device *device);

#endif

/* A device on libomemo-c: the store callbacks, and the library's calls for sessions and messages. */

#include "device.h"

#include <stdio.h>
#include <string.h>

signal_context *context;

void must(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "libomemo: %s failed\n", what);
        exit(1);
    }
}

static void replace(signal_buffer **place, signal_buffer *buffer)
{
    signal_buffer_bzero_free(*place);
    *place = buffer;
}

/* --- the store ---------------------------------------------------------------------------------------------------- */

static int load(signal_buffer **record, const signal_buffer *stored)
{
    *record = signal_buffer_copy(stored);
    return *record == NULL ? SG_ERR_NOMEM : 0;
}

static int load_session(signal_buffer **record, signal_buffer **extra, const signal_protocol_address *a, void *user)
{
    struct device *device = user;
    (void)a;
    *extra = NULL;
    if (device->session == NULL)
        return 0;
    return load(record, device->session) == 0 ? 1 : SG_ERR_NOMEM;
}

static int store_session(const signal_protocol_address *a, uint8_t *record, size_t length, uint8_t *extra,
                         size_t extra_length, void *user)
{
    struct device *device = user;
    (void)a, (void)extra, (void)extra_length;
    replace(&device->session, signal_buffer_create(record, length));
    return 0;
}

static int contains_session(const signal_protocol_address *a, void *user)
{
    (void)a;
    return ((struct device *)user)->session != NULL;
}

static int load_prekey(signal_buffer **record, uint32_t id, void *user)
{
    struct device *device = user;
    if (id < 1 || id > PREKEYS || device->prekeys[id] == NULL)
        return SG_ERR_INVALID_KEY_ID;
    return load(record, device->prekeys[id]);
}

static int remove_prekey(uint32_t id, void *user)
{
    struct device *device = user;
    if (id >= 1 && id <= PREKEYS && !device->keeps_prekeys)
        replace(&device->prekeys[id], NULL);
    return 0;
}

static int load_signed_prekey(signal_buffer **record, uint32_t id, void *user)
{
    struct device *device = user;
    return id == SIGNED_PREKEY_ID ? load(record, device->signed_prekey) : SG_ERR_INVALID_KEY_ID;
}

static int load_identity(signal_buffer **public_key, signal_buffer **private_key, void *user)
{
    struct device *device = user;
    int result = load(public_key, device->identity_public);
    return result < 0 ? result : load(private_key, device->identity_private);
}

static int load_id(void *user, uint32_t *id)
{
    *id = ((struct device *)user)->id;
    return 0;
}

static int save_identity(const signal_protocol_address *a, uint8_t *key, size_t length, void *user)
{
    (void)a;
    replace(&((struct device *)user)->trusted, key == NULL ? NULL : signal_buffer_create(key, length));
    return 0;
}

static int is_trusted(const signal_protocol_address *a, uint8_t *key, size_t length, void *user)
{
    struct device *device = user;
    (void)a;
    if (device->trusted == NULL)
        return 1;
    return signal_buffer_len(device->trusted) == length &&
           memcmp(signal_buffer_data(device->trusted), key, length) == 0;
}

static void make_store(struct device *device)
{
    signal_protocol_session_store sessions = {.load_session_func = load_session,
                                              .store_session_func = store_session,
                                              .contains_session_func = contains_session,
                                              .user_data = device};
    signal_protocol_pre_key_store prekeys = {
        .load_pre_key = load_prekey, .remove_pre_key = remove_prekey, .user_data = device};
    signal_protocol_signed_pre_key_store signed_prekeys = {.load_signed_pre_key = load_signed_prekey,
                                                           .user_data = device};
    signal_protocol_identity_key_store identities = {.get_identity_key_pair = load_identity,
                                                     .get_local_registration_id = load_id,
                                                     .save_identity = save_identity,
                                                     .is_trusted_identity = is_trusted,
                                                     .user_data = device};
    must(signal_protocol_store_context_create(&device->store, context) == 0, "making the store");
    signal_protocol_store_context_set_session_store(device->store, &sessions);
    signal_protocol_store_context_set_pre_key_store(device->store, &prekeys);
    signal_protocol_store_context_set_signed_pre_key_store(device->store, &signed_prekeys);
    signal_protocol_store_context_set_identity_key_store(device->store, &identities);
}

/* --- the device --------------------------------------------------------------------------------------------------- */

void start(void)
{
    must(signal_context_create(&context, NULL) == 0, "making the context");
    must(signal_context_set_crypto_provider(context, &provider) == 0, "setting the primitives");
}

struct device *device_empty(enum version version, uint32_t id, uint32_t peer)
{
    struct device *device = calloc(1, sizeof *device);
    must(device != NULL, "making a device");
    device->version = version;
    device->id = id;
    device->peer = (signal_protocol_address){.name = "peer", .name_len = 4, .device_id = (int32_t)peer};
    make_store(device);
    return device;
}

static int decode(const struct device *device, ec_public_key **key, const signal_buffer *encoded)
{
    const uint8_t *data = signal_buffer_const_data(encoded);
    size_t length = signal_buffer_len(encoded);
    return device->version == OMEMO2 ? curve_decode_point_mont(key, data, length, context)
                                     : curve_decode_point(key, data, length, context);
}

static int decode_identity(const struct device *device, ec_public_key **key, const signal_buffer *encoded)
{
    const uint8_t *data = signal_buffer_const_data(encoded);
    size_t length = signal_buffer_len(encoded);
    return device->version == OMEMO2 ? curve_decode_point_ed(key, data, length, context)
                                     : curve_decode_point(key, data, length, context);
}

int device_begin(struct device *device, const struct bundle *bundle, uint32_t prekey)
{
    ec_public_key *identity = NULL, *signed_prekey = NULL, *one_time = NULL;
    session_pre_key_bundle *decoded = NULL;
    session_builder *builder = NULL;
    int result = decode_identity(device, &identity, bundle->identity);
    if (result >= 0)
        result = decode(device, &signed_prekey, bundle->signed_prekey);
    if (result >= 0)
        result = decode(device, &one_time, bundle->prekeys[prekey]);
    if (result >= 0)
        result = session_pre_key_bundle_create(
            &decoded, bundle->device, (int)bundle->device, prekey, one_time, SIGNED_PREKEY_ID, signed_prekey,
            signal_buffer_data(bundle->signature), signal_buffer_len(bundle->signature), identity);
    if (result >= 0)
        result = session_builder_create(&builder, device->store, &device->peer, context);
    if (result >= 0) {
        session_builder_set_version(builder, device->version);
        result = session_builder_process_pre_key_bundle(builder, decoded);
    }
    session_builder_free(builder);
    SIGNAL_UNREF(decoded);
    SIGNAL_UNREF(one_time);
    SIGNAL_UNREF(signed_prekey);
    SIGNAL_UNREF(identity);
    return result;
}

int device_encrypt(struct device *device, const uint8_t *data, size_t length, signal_buffer **message, int *is_prekey)
{
    session_cipher *cipher;
    ciphertext_message *encrypted = NULL;
    int result = session_cipher_create(&cipher, device->store, &device->peer, context);
    if (result < 0)
        return result;
    session_cipher_set_version(cipher, device->version);
    result = session_cipher_encrypt(cipher, data, length, &encrypted);
    if (result >= 0) {
        *is_prekey = ciphertext_message_get_type(encrypted) == CIPHERTEXT_PREKEY_TYPE;
        *message = signal_buffer_copy(ciphertext_message_get_serialized(encrypted));
        SIGNAL_UNREF(encrypted);
    }
    session_cipher_free(cipher);
    return result;
}

static int open_exchange(const struct device *device, session_cipher *cipher, const uint8_t *data, size_t length,
                         signal_buffer **plaintext)
{
    pre_key_signal_message *message = NULL;
    int result = device->version == OMEMO2
                     ? pre_key_signal_message_deserialize_omemo(&message, data, length,
                                                                (uint32_t)device->peer.device_id, context)
                     : pre_key_signal_message_deserialize(&message, data, length, context);
    if (result >= 0)
        result = session_cipher_decrypt_pre_key_signal_message(cipher, message, NULL, plaintext);
    SIGNAL_UNREF(message);
    return result;
}

static int open_message(const struct device *device, session_cipher *cipher, const uint8_t *data, size_t length,
                        signal_buffer **plaintext)
{
    signal_message *message = NULL;
    int result = device->version == OMEMO2 ? signal_message_deserialize_omemo(&message, data, length, context)
                                           : signal_message_deserialize(&message, data, length, context);
    if (result >= 0)
        result = session_cipher_decrypt_signal_message(cipher, message, NULL, plaintext);
    SIGNAL_UNREF(message);
    return result;
}

int device_decrypt(struct device *device, int is_prekey, const uint8_t *data, size_t length, signal_buffer **plaintext)
{
    session_cipher *cipher;
    int result = session_cipher_create(&cipher, device->store, &device->peer, context);
    if (result < 0)
        return result;
    session_cipher_set_version(cipher, device->version);
    signal_buffer *trusted = device->trusted == NULL ? NULL : signal_buffer_copy(device->trusted);
    result = is_prekey ? open_exchange(device, cipher, data, length, plaintext)
                       : open_message(device, cipher, data, length, plaintext);
    if (result < 0)
        replace(&device->trusted, trusted);
    else
        signal_buffer_free(trusted);
    session_cipher_free(cipher);
    return result;
}

int device_probe(struct device *device, int is_prekey, const uint8_t *data, size_t length, signal_buffer **plaintext)
{
    signal_buffer *session = device->session == NULL ? NULL : signal_buffer_copy(device->session);
    signal_buffer *trusted = device->trusted == NULL ? NULL : signal_buffer_copy(device->trusted);
    int keeps_prekeys = device->keeps_prekeys;
    device->keeps_prekeys = 1;
    int result = device_decrypt(device, is_prekey, data, length, plaintext);
    device->keeps_prekeys = keeps_prekeys;
    replace(&device->session, session);
    replace(&device->trusted, trusted);
    return result;
}

void device_forget(struct device *device)
{
    replace(&device->session, NULL);
    replace(&device->trusted, NULL);
}

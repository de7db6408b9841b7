/* A device on libomemo-c: the store callbacks, and the library's calls for each thing that a client does. */

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

struct device *device_empty(uint32_t id, uint32_t peer)
{
    struct device *device = calloc(1, sizeof *device);
    must(device != NULL, "making a device");
    device->id = id;
    device->peer = (signal_protocol_address){.name = "peer", .name_len = 4, .device_id = (int32_t)peer};
    make_store(device);
    return device;
}

struct device *device_new(uint32_t id, uint32_t peer)
{
    struct device *device = device_empty(id, peer);
    ratchet_identity_key_pair *identity;
    session_signed_pre_key *signed_prekey;
    signal_protocol_key_helper_pre_key_list_node *list, *node;
    must(signal_protocol_key_helper_generate_identity_key_pair(&identity, context) == 0, "making an identity");
    ec_public_key_serialize(&device->identity_public, ratchet_identity_key_pair_get_public(identity));
    ec_private_key_serialize(&device->identity_private, ratchet_identity_key_pair_get_private(identity));
    must(signal_protocol_key_helper_generate_signed_pre_key(&signed_prekey, identity, SIGNED_PREKEY_ID, 0, context) == 0,
         "making a signed prekey");
    session_signed_pre_key_serialize(&device->signed_prekey, signed_prekey);
    must(signal_protocol_key_helper_generate_pre_keys(&list, 1, PREKEYS, context) == 0, "making prekeys");
    for (node = list; node != NULL; node = signal_protocol_key_helper_key_list_next(node)) {
        session_pre_key *key = signal_protocol_key_helper_key_list_element(node);
        session_pre_key_serialize(&device->prekeys[session_pre_key_get_id(key)], key);
    }
    signal_protocol_key_helper_key_list_free(list);
    SIGNAL_UNREF(signed_prekey);
    SIGNAL_UNREF(identity);
    return device;
}

void device_bundle(const struct device *device, struct bundle *bundle)
{
    session_signed_pre_key *signed_prekey;
    memset(bundle, 0, sizeof *bundle);
    bundle->device = device->id;
    bundle->identity = signal_buffer_copy(device->identity_public);
    must(session_signed_pre_key_deserialize(&signed_prekey, signal_buffer_data(device->signed_prekey),
                                            signal_buffer_len(device->signed_prekey), context) == 0,
         "loading the signed prekey");
    ec_public_key_serialize(&bundle->signed_prekey,
                            ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signed_prekey)));
    bundle->signature = signal_buffer_create(session_signed_pre_key_get_signature(signed_prekey),
                                             session_signed_pre_key_get_signature_len(signed_prekey));
    SIGNAL_UNREF(signed_prekey);
    for (uint32_t id = 1; id <= PREKEYS; id++) {
        session_pre_key *key;
        if (device->prekeys[id] == NULL)
            continue;
        must(session_pre_key_deserialize(&key, signal_buffer_data(device->prekeys[id]),
                                         signal_buffer_len(device->prekeys[id]), context) == 0,
             "loading a prekey");
        ec_public_key_serialize(&bundle->prekeys[id], ec_key_pair_get_public(session_pre_key_get_key_pair(key)));
        SIGNAL_UNREF(key);
    }
}

void bundle_free(struct bundle *bundle)
{
    signal_buffer_free(bundle->identity);
    signal_buffer_free(bundle->signed_prekey);
    signal_buffer_free(bundle->signature);
    for (uint32_t id = 1; id <= PREKEYS; id++)
        signal_buffer_free(bundle->prekeys[id]);
}

static int decode(ec_public_key **key, const signal_buffer *encoded)
{
    return curve_decode_point(key, signal_buffer_const_data(encoded), signal_buffer_len(encoded), context);
}

int device_begin(struct device *device, const struct bundle *bundle, uint32_t prekey)
{
    ec_public_key *identity = NULL, *signed_prekey = NULL, *one_time = NULL;
    session_pre_key_bundle *decoded = NULL;
    session_builder *builder = NULL;
    int result = decode(&identity, bundle->identity);
    if (result >= 0)
        result = decode(&signed_prekey, bundle->signed_prekey);
    if (result >= 0)
        result = decode(&one_time, bundle->prekeys[prekey]);
    if (result >= 0)
        result = session_pre_key_bundle_create(
            &decoded, bundle->device, (int)bundle->device, prekey, one_time, SIGNED_PREKEY_ID, signed_prekey,
            signal_buffer_data(bundle->signature), signal_buffer_len(bundle->signature), identity);
    if (result >= 0)
        result = session_builder_create(&builder, device->store, &device->peer, context);
    if (result >= 0)
        result = session_builder_process_pre_key_bundle(builder, decoded);
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
    result = session_cipher_encrypt(cipher, data, length, &encrypted);
    if (result >= 0) {
        *is_prekey = ciphertext_message_get_type(encrypted) == CIPHERTEXT_PREKEY_TYPE;
        *message = signal_buffer_copy(ciphertext_message_get_serialized(encrypted));
        SIGNAL_UNREF(encrypted);
    }
    session_cipher_free(cipher);
    return result;
}

int device_decrypt(struct device *device, int is_prekey, const uint8_t *data, size_t length, signal_buffer **plaintext)
{
    session_cipher *cipher;
    int result = session_cipher_create(&cipher, device->store, &device->peer, context);
    if (result < 0)
        return result;
    if (is_prekey) {
        pre_key_signal_message *message = NULL;
        result = pre_key_signal_message_deserialize(&message, data, length, context);
        if (result >= 0)
            result = session_cipher_decrypt_pre_key_signal_message(cipher, message, NULL, plaintext);
        SIGNAL_UNREF(message);
    } else {
        signal_message *message = NULL;
        result = signal_message_deserialize(&message, data, length, context);
        if (result >= 0)
            result = session_cipher_decrypt_signal_message(cipher, message, NULL, plaintext);
        SIGNAL_UNREF(message);
    }
    session_cipher_free(cipher);
    return result;
}

void device_forget(struct device *device)
{
    replace(&device->session, NULL);
    replace(&device->trusted, NULL);
}

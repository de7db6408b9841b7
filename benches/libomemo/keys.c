/* The keys of a device on libomemo-c: making them, and the bundle that they are published in. */

#include "device.h"

#include <string.h>

static ec_key_pair *pair_of(const signal_buffer *secret)
{
    ec_private_key *private_key;
    ec_public_key *public_key;
    ec_key_pair *pair;
    must(curve_decode_private_point(&private_key, signal_buffer_const_data(secret), signal_buffer_len(secret), context) == 0,
         "reading a secret key");
    must(curve_generate_public_key(&public_key, private_key) == 0, "making a public key");
    must(ec_key_pair_create(&pair, public_key, private_key) == 0, "making a key pair");
    SIGNAL_UNREF(public_key);
    SIGNAL_UNREF(private_key);
    return pair;
}

/* The library keeps a signature for each dialect; the one of the other dialect is never asked for. */
static void sign_prekey(struct device *device, const ec_private_key *identity, ec_key_pair *pair)
{
    signal_buffer *encoded, *signature;
    session_signed_pre_key *signed_prekey;
    if (device->version == OMEMO2)
        ec_public_key_serialize_omemo(&encoded, ec_key_pair_get_public(pair));
    else
        ec_public_key_serialize(&encoded, ec_key_pair_get_public(pair));
    must(curve_calculate_signature(context, &signature, identity, signal_buffer_data(encoded),
                                   signal_buffer_len(encoded)) == 0,
         "signing the signed prekey");
    uint8_t *bytes = signal_buffer_data(signature);
    size_t length = signal_buffer_len(signature);
    must(session_signed_pre_key_create(&signed_prekey, SIGNED_PREKEY_ID, 0, pair, bytes, length, bytes, length) == 0,
         "making the signed prekey");
    session_signed_pre_key_serialize(&device->signed_prekey, signed_prekey);
    SIGNAL_UNREF(signed_prekey);
    signal_buffer_free(signature);
    signal_buffer_free(encoded);
}

void device_set_keys(struct device *device, const signal_buffer *identity, const signal_buffer *signed_prekey,
                     signal_buffer *const *prekeys, size_t count)
{
    ec_key_pair *identity_pair = pair_of(identity), *signed_pair = pair_of(signed_prekey);
    must(count <= PREKEYS, "taking so many prekeys");
    ec_public_key_serialize(&device->identity_public, ec_key_pair_get_public(identity_pair));
    ec_private_key_serialize(&device->identity_private, ec_key_pair_get_private(identity_pair));
    sign_prekey(device, ec_key_pair_get_private(identity_pair), signed_pair);
    for (uint32_t id = 1; id <= count; id++) {
        ec_key_pair *pair = pair_of(prekeys[id - 1]);
        session_pre_key *key;
        must(session_pre_key_create(&key, id, pair) == 0, "making a prekey");
        session_pre_key_serialize(&device->prekeys[id], key);
        SIGNAL_UNREF(key);
        SIGNAL_UNREF(pair);
    }
    SIGNAL_UNREF(signed_pair);
    SIGNAL_UNREF(identity_pair);
}

static signal_buffer *new_secret(void)
{
    ec_private_key *key;
    signal_buffer *secret;
    must(curve_generate_private_key(context, &key) == 0, "making a secret key");
    ec_private_key_serialize(&secret, key);
    SIGNAL_UNREF(key);
    return secret;
}

struct device *device_new(enum version version, uint32_t id, uint32_t peer)
{
    struct device *device = device_empty(version, id, peer);
    signal_buffer *secrets[2 + PREKEYS];
    for (size_t i = 0; i < 2 + PREKEYS; i++)
        secrets[i] = new_secret();
    device_set_keys(device, secrets[0], secrets[1], secrets + 2, PREKEYS);
    for (size_t i = 0; i < 2 + PREKEYS; i++)
        signal_buffer_bzero_free(secrets[i]);
    return device;
}

/* The key as the device's dialect writes it, an identity key and any other. */
static signal_buffer *encode_identity(const struct device *device, const ec_public_key *key)
{
    signal_buffer *encoded = NULL;
    if (device->version == OMEMO2)
        encoded = ec_public_key_get_ed(key);
    else
        ec_public_key_serialize(&encoded, key);
    must(encoded != NULL, "writing an identity key");
    return encoded;
}

static signal_buffer *encode(const struct device *device, const ec_public_key *key)
{
    signal_buffer *encoded = NULL;
    if (device->version == OMEMO2)
        ec_public_key_serialize_omemo(&encoded, key);
    else
        ec_public_key_serialize(&encoded, key);
    must(encoded != NULL, "writing a key");
    return encoded;
}

void device_bundle(const struct device *device, struct bundle *bundle)
{
    ec_public_key *identity;
    session_signed_pre_key *signed_prekey;
    memset(bundle, 0, sizeof *bundle);
    bundle->device = device->id;
    must(curve_decode_point(&identity, signal_buffer_data(device->identity_public),
                            signal_buffer_len(device->identity_public), context) == 0,
         "loading the identity key");
    bundle->identity = encode_identity(device, identity);
    SIGNAL_UNREF(identity);
    must(session_signed_pre_key_deserialize(&signed_prekey, signal_buffer_data(device->signed_prekey),
                                            signal_buffer_len(device->signed_prekey), context) == 0,
         "loading the signed prekey");
    bundle->signed_prekey =
        encode(device, ec_key_pair_get_public(session_signed_pre_key_get_key_pair(signed_prekey)));
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
        bundle->prekeys[id] = encode(device, ec_key_pair_get_public(session_pre_key_get_key_pair(key)));
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
